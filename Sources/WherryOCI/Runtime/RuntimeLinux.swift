extension RuntimeSpec {
  /// What is Linux's own (config-linux.md).
  package struct Linux: Sendable, Equatable, Codable {
    package var namespaces: [Namespace]
    package var devices: [Device]?
    package var resources: Resources?
    package var cgroupsPath: String?
    package var sysctl: [String: String]?
    package var seccomp: Seccomp?
    package var rootfsPropagation: String?
    package var maskedPaths: [String]?
    package var readonlyPaths: [String]?
    package var mountLabel: String?
    package var uidMappings: [IDMapping]?
    package var gidMappings: [IDMapping]?

    package init(
      namespaces: [Namespace] = [], devices: [Device]? = nil, resources: Resources? = nil,
      cgroupsPath: String? = nil, sysctl: [String: String]? = nil, seccomp: Seccomp? = nil,
      rootfsPropagation: String? = nil, maskedPaths: [String]? = nil, readonlyPaths: [String]? = nil,
      mountLabel: String? = nil
    ) {
      self.namespaces = namespaces
      self.devices = devices
      self.resources = resources
      self.cgroupsPath = cgroupsPath
      self.sysctl = sysctl
      self.seccomp = seccomp
      self.rootfsPropagation = rootfsPropagation
      self.maskedPaths = maskedPaths
      self.readonlyPaths = readonlyPaths
      self.mountLabel = mountLabel
    }
  }

  /// Users or groups of a user namespace (config-linux.md, "User namespace mappings").
  package struct IDMapping: Sendable, Equatable, Codable {
    package var containerID: UInt32
    package var hostID: UInt32
    package var size: UInt32

    package init(containerID: UInt32, hostID: UInt32, size: UInt32) {
      self.containerID = containerID
      self.hostID = hostID
      self.size = size
    }
  }

  /// A namespace to make, or to join where `path` is given (config-linux.md, "Namespaces").
  package struct Namespace: Sendable, Equatable, Codable {
    package enum Kind: String, Sendable, Codable {
      case pid
      case network
      case mount
      case ipc
      case uts
      case user
      case cgroup
    }

    package var type: Kind
    package var path: String?

    package init(_ type: Kind, path: String? = nil) {
      self.type = type
      self.path = path
    }
  }

  /// A device node to make (config-linux.md, "Devices").
  package struct Device: Sendable, Equatable, Codable {
    /// `c`, `b`, `u` or `p`.
    package var type: String
    package var path: String
    package var major: Int64?
    package var minor: Int64?
    package var fileMode: UInt32?
    package var uid: UInt32?
    package var gid: UInt32?

    package init(
      type: String, path: String, major: Int64?, minor: Int64?, fileMode: UInt32? = nil, uid: UInt32? = nil,
      gid: UInt32? = nil
    ) {
      self.type = type
      self.path = path
      self.major = major
      self.minor = minor
      self.fileMode = fileMode
      self.uid = uid
      self.gid = gid
    }
  }
}
