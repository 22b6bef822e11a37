extension RuntimeSpec {
  /// A process in a container (config.md, "Process"); also what `exec --process` reads.
  package struct Process: Sendable, Equatable, Codable {
    package var terminal: Bool
    package var consoleSize: ConsoleSize?
    package var user: User
    package var args: [String]
    package var env: [String]
    package var cwd: String
    package var capabilities: Capabilities?
    package var rlimits: [ResourceLimit]?
    package var noNewPrivileges: Bool?
    package var apparmorProfile: String?
    package var selinuxLabel: String?
    package var oomScoreAdj: Int32?

    package init(
      terminal: Bool = false, consoleSize: ConsoleSize? = nil, user: User = User(), args: [String],
      env: [String] = [], cwd: String = "/", capabilities: Capabilities? = nil,
      rlimits: [ResourceLimit]? = nil, noNewPrivileges: Bool? = nil, apparmorProfile: String? = nil,
      selinuxLabel: String? = nil, oomScoreAdj: Int32? = nil
    ) {
      self.terminal = terminal
      self.consoleSize = consoleSize
      self.user = user
      self.args = args
      self.env = env
      self.cwd = cwd
      self.capabilities = capabilities
      self.rlimits = rlimits
      self.noNewPrivileges = noNewPrivileges
      self.apparmorProfile = apparmorProfile
      self.selinuxLabel = selinuxLabel
      self.oomScoreAdj = oomScoreAdj
    }
  }

  package struct ConsoleSize: Sendable, Equatable, Codable {
    package var height: UInt
    package var width: UInt

    package init(height: UInt, width: UInt) {
      self.height = height
      self.width = width
    }
  }

  /// Numeric identity of a process (config.md, "User").
  package struct User: Sendable, Equatable, Codable {
    package var uid: UInt32
    package var gid: UInt32
    package var umask: UInt32?
    package var additionalGids: [UInt32]?

    package init(uid: UInt32 = 0, gid: UInt32 = 0, umask: UInt32? = nil, additionalGids: [UInt32]? = nil) {
      self.uid = uid
      self.gid = gid
      self.umask = umask
      self.additionalGids = additionalGids
    }
  }

  /// Capability sets by name, `CAP_…` (config.md, "Linux Process").
  package struct Capabilities: Sendable, Equatable, Codable {
    package var bounding: [String]
    package var effective: [String]
    package var permitted: [String]
    package var inheritable: [String]
    package var ambient: [String]

    package init(
      bounding: [String], effective: [String], permitted: [String], inheritable: [String] = [],
      ambient: [String] = []
    ) {
      self.bounding = bounding
      self.effective = effective
      self.permitted = permitted
      self.inheritable = inheritable
      self.ambient = ambient
    }
  }

  package struct ResourceLimit: Sendable, Equatable, Codable {
    /// `RLIMIT_NOFILE` and so on.
    package var type: String
    package var soft: UInt64
    package var hard: UInt64

    package init(type: String, soft: UInt64, hard: UInt64) {
      self.type = type
      self.soft = soft
      self.hard = hard
    }
  }
}
