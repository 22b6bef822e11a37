package import WherryLinux

extension Capabilities {
  /// What this process may hand on: the kernel refuses a container more. Read from proc(5), `/proc/self/status`.
  package static func held() throws(SystemError) -> [String] {
    held(in: try Files.readText("/proc/self/status", maximum: 64 << 10))
  }

  /// Both permitted and in the bounding set; a line that is missing takes nothing away.
  package static func held(in status: String) -> [String] {
    var mask = UInt64.max
    for line in status.split(separator: "\n") {
      for name in ["CapPrm:", "CapBnd:"] where line.hasPrefix(name) {
        let digits = line.dropFirst(name.utf8.count).drop { $0 == "\t" || $0 == " " }
        if let bits = UInt64(digits, radix: 16) { mask &= bits }
      }
    }
    return all.enumerated().filter { mask & (1 << UInt64($0.offset)) != 0 }.map(\.element)
  }
}
