extension RuntimeSpec {
  /// A system call filter (config-linux.md, "Seccomp"). `SeccompProfile.load` makes one.
  package struct Seccomp: Sendable, Equatable, Codable {
    package var defaultAction: String
    package var defaultErrnoRet: UInt32?
    package var architectures: [String]?
    package var flags: [String]?
    package var syscalls: [Rule]

    package init(
      defaultAction: String, defaultErrnoRet: UInt32? = nil, architectures: [String]? = nil,
      flags: [String]? = nil, syscalls: [Rule] = []
    ) {
      self.defaultAction = defaultAction
      self.defaultErrnoRet = defaultErrnoRet
      self.architectures = architectures
      self.flags = flags
      self.syscalls = syscalls
    }

    package struct Rule: Sendable, Equatable, Codable {
      package var names: [String]
      package var action: String
      package var errnoRet: UInt32?
      package var args: [Argument]?

      package init(names: [String], action: String, errnoRet: UInt32? = nil, args: [Argument]? = nil) {
        self.names = names
        self.action = action
        self.errnoRet = errnoRet
        self.args = args
      }
    }

    package struct Argument: Sendable, Equatable, Codable {
      package var index: UInt32
      package var value: UInt64
      package var valueTwo: UInt64?
      package var op: String

      package init(index: UInt32, value: UInt64, valueTwo: UInt64? = nil, op: String) {
        self.index = index
        self.value = value
        self.valueTwo = valueTwo
        self.op = op
      }
    }
  }
}
