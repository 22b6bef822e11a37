/// A property of a transient unit, as `StartTransientUnit` takes it
/// (org.freedesktop.systemd1(5)). Values are typed: nothing in them is parsed again.
package struct UnitProperty: Sendable, Equatable {
  package var name: String
  package var value: Value

  package init(_ name: String, _ value: Value) {
    self.name = name
    self.value = value
  }

  package enum Value: Sendable, Equatable {
    /// `s`
    case string(String)
    /// `b`
    case bool(Bool)
    /// `i`
    case int32(Int32)
    /// `u`
    case uint32(UInt32)
    /// `t`; durations are microseconds, `UInt64.max` is infinity
    case uint64(UInt64)
    /// `as`
    case strings([String])
    /// `a(ss)`, such as `DeviceAllow`
    case pairs([Pair])
    /// `ay`, such as `AllowedCPUs`
    case bytes([UInt8])
    /// `a(st)`, such as `IOReadBandwidthMax`
    case rates([Rate])
    /// `aay`, such as `LogExtraFields`
    case byteStrings([[UInt8]])
    /// `a(sasb)`, such as `ExecStart`
    case commands([Command])
    /// `a(st)`, such as `TimersMonotonic`
    case timers([Timer])
    /// `(aiai)`: exit codes and signals, such as `RestartForceExitStatus`
    case exitStatuses(codes: [Int32], signals: [Int32])
  }

  package struct Pair: Sendable, Equatable {
    package var first: String
    package var second: String

    package init(_ first: String, _ second: String) {
      self.first = first
      self.second = second
    }
  }

  package struct Rate: Sendable, Equatable {
    package var path: String
    package var value: UInt64

    package init(_ path: String, _ value: UInt64) {
      self.path = path
      self.value = value
    }
  }

  package struct Timer: Sendable, Equatable {
    package var base: String
    package var microseconds: UInt64

    package init(_ base: String, _ microseconds: UInt64) {
      self.base = base
      self.microseconds = microseconds
    }
  }

  package struct Command: Sendable, Equatable {
    package var path: String
    /// With the program's name first. systemd expands `$NAME` in them when it runs the command:
    /// pass none.
    package var arguments: [String]
    package var ignoresFailure: Bool

    package init(_ path: String, _ arguments: [String], ignoresFailure: Bool = false) {
      self.path = path
      self.arguments = arguments
      self.ignoresFailure = ignoresFailure
    }
  }
}
