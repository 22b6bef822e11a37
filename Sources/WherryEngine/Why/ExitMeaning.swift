import WherryLinux
import WherryWire

/// What an exit code says.
package enum ExitMeaning {
  private static let signals: [Int32: String] = [
    1: "hang-up", 2: "interrupt", 3: "quit", 4: "illegal instruction", 5: "trace trap", 6: "abort",
    7: "bus error", 8: "arithmetic error", 9: "killed", 11: "segmentation fault", 13: "broken pipe",
    14: "alarm", 15: "terminated", 24: "processor time limit", 25: "file size limit", 31: "bad system call",
  ]

  /// `SIGSEGV, segmentation fault`; nil for a code that speaks for itself.
  package static func text(_ code: UInt64) -> String? {
    switch code {
    case 125: return "the engine could not run it"
    case 126: return "the command cannot be executed: no permission, or no program for this device"
    case 127: return "command not found"
    case 129...192:
      let number = Int32(clamping: code) - 128
      let name = Signal.name(number)
      guard let words = signals[number] else { return "signal \(name)" }
      return "\(name), \(words)"
    case 255: return "a program that failed without a code of its own, or an end nobody saw"
    default: return nil
    }
  }
}

/// Durations and sizes for people.
enum Words {
  static func duration(_ nanoseconds: UInt64) -> String {
    let seconds = nanoseconds / 1_000_000_000
    switch seconds {
    case 0: return "\(nanoseconds / 1_000_000) ms"
    case 1..<120: return "\(seconds) s"
    case 120..<7200: return "\(seconds / 60) min"
    case 7200..<172_800: return "\(seconds / 3600) h"
    default: return "\(seconds / 86_400) days"
    }
  }

  static func size(_ bytes: UInt64) -> String {
    if bytes >= 1 << 30, bytes % (1 << 30) == 0 { return "\(bytes >> 30) GiB" }
    if bytes >= 1 << 20 { return "\(bytes >> 20) MiB" }
    return "\(bytes) bytes"
  }
}
