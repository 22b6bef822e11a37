import WherryEngine
import WherryLinux

/// What a group has used, from version 1's controllers where they are mounted, else from version 2's files.
extension ControlGroup {
  /// Without the network, which is not the group's. `deviceMemory` stands for a limit that there is not.
  func usage(deviceMemory: UInt64) throws(SystemError) -> ResourceUsage {
    var usage = ResourceUsage()
    try readProcessor(&usage)
    try readMemory(&usage, deviceMemory)
    try readBlockDevices(&usage)
    if let folder = byController["pids"] ?? unified { usage.processes = try number(folder, "pids.current") }
    return usage
  }

  private func readProcessor(_ usage: inout ResourceUsage) throws(SystemError) {
    if let folder = byController["cpuacct"] {
      usage.processorTime = try number(folder, "cpuacct.usage")
    } else if let folder = unified {
      usage.processorTime = try counters(folder, "cpu.stat")["usage_usec"].map { $0 &* 1000 }
    }
  }

  /// As Docker: without file pages that were not used lately.
  private func readMemory(_ usage: inout ResourceUsage, _ deviceMemory: UInt64) throws(SystemError) {
    let isFirst = byController["memory"] != nil
    guard let folder = byController["memory"] ?? unified,
      let all = try number(folder, isFirst ? "memory.usage_in_bytes" : "memory.current")
    else { return }
    let inactive = try counters(folder, "memory.stat")[isFirst ? "total_inactive_file" : "inactive_file"] ?? 0
    usage.memory = all - min(all, inactive)
    let limit = try number(folder, isFirst ? "memory.limit_in_bytes" : "memory.max") ?? .max
    usage.memoryLimit = min(limit, deviceMemory)
  }

  func readBlockDevices(_ usage: inout ResourceUsage) throws(SystemError) {
    if let folder = byController["blkio"] {
      // MAJOR:MINOR Read N, and a line for each other operation.
      guard let text = try text(folder, "blkio.throttle.io_service_bytes") else { return }
      (usage.read, usage.written) = (0, 0)
      for line in text.split(separator: "\n") {
        let words = line.split(separator: " ")
        guard words.count == 3, let bytes = UInt64(words[2]) else { continue }
        if words[1] == "Read" { usage.read = (usage.read ?? 0) &+ bytes }
        if words[1] == "Write" { usage.written = (usage.written ?? 0) &+ bytes }
      }
    } else if let folder = unified, let text = try text(folder, "io.stat") {
      // MAJOR:MINOR rbytes=N wbytes=N …
      (usage.read, usage.written) = (0, 0)
      for word in text.split(whereSeparator: \.isWhitespace) {
        let parts = word.split(separator: "=")
        guard parts.count == 2, let bytes = UInt64(parts[1]) else { continue }
        if parts[0] == "rbytes" { usage.read = (usage.read ?? 0) &+ bytes }
        if parts[0] == "wbytes" { usage.written = (usage.written ?? 0) &+ bytes }
      }
    }
  }

  /// Nil where there is no such file, or `max` in it.
  private func number(_ folder: String, _ name: String) throws(SystemError) -> UInt64? {
    try text(folder, name).flatMap { UInt64($0.trimmed) }
  }

  private func counters(_ folder: String, _ name: String) throws(SystemError) -> Counters {
    Counters(try text(folder, name) ?? "")
  }

  private func text(_ folder: String, _ name: String) throws(SystemError) -> String? {
    try Files.readIfPresent("\(folder)/\(name)", maximum: 1 << 20).map { String(decoding: $0, as: UTF8.self) }
  }
}

/// Bytes over a network namespace's interfaces but `lo`, from `/proc/PID/net/dev` (proc(5)).
enum NetworkUsage {
  static func ofProcess(_ pid: Int32) throws(SystemError) -> (received: UInt64, sent: UInt64)? {
    try Files.readIfPresent("/proc/\(pid)/net/dev", maximum: 1 << 20)
      .map { parse(String(decoding: $0, as: UTF8.self)) }
  }

  static func parse(_ text: String) -> (received: UInt64, sent: UInt64) {
    var total: (received: UInt64, sent: UInt64) = (0, 0)
    for line in text.split(separator: "\n").dropFirst(2) {
      let halves = line.split(separator: ":", maxSplits: 1)
      guard halves.count == 2, String(halves[0]).trimmed != "lo" else { continue }
      let numbers = halves[1].split(separator: " ").map { UInt64($0) ?? 0 }
      guard numbers.count > 8 else { continue }
      total.received &+= numbers[0]
      total.sent &+= numbers[8]
    }
    return total
  }
}
