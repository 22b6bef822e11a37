package import WherryWire

/// Memory and swap, in bytes.
package struct MemoryFacts: Sendable, Equatable {
  package struct Swap: Sendable, Equatable {
    /// `/dev/zram0`, `/var/swap`…
    package var name: String
    package var size: UInt64
    package var used: UInt64

    package init(name: String, size: UInt64, used: UInt64) {
      self.name = name
      self.size = size
      self.used = used
    }

    /// Swap in memory wears nothing.
    var isCompressedMemory: Bool { name.split(separator: "/").last?.hasPrefix("zram") ?? false }
  }

  package var total: UInt64
  package var available: UInt64
  package var swaps: [Swap]

  package init(total: UInt64, available: UInt64, swaps: [Swap] = []) {
    self.total = total
    self.available = available
    self.swaps = swaps
  }

  /// Of /proc/meminfo and /proc/swaps, proc(5). Nil where they do not say.
  package init?(memory: String, swaps: String) {
    var values: [Substring: UInt64] = [:]
    for line in memory.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count >= 2, let value = UInt64(words[1]) else { continue }
      values[words[0]] = value.multipliedReportingOverflow(by: 1024).partialValue
    }
    guard let total = values["MemTotal:"], let available = values["MemAvailable:"] else { return nil }
    self.init(total: total, available: available)
    for line in swaps.split(separator: "\n").dropFirst() {
      let words = line.split(whereSeparator: \.isWhitespace)
      guard words.count >= 4, let size = UInt64(words[2]), let used = UInt64(words[3]) else { continue }
      self.swaps.append(
        Swap(
          name: String(words[0]), size: size.multipliedReportingOverflow(by: 1024).partialValue,
          used: used.multipliedReportingOverflow(by: 1024).partialValue))
    }
  }

  package var findings: [DoctorFinding] {
    var found: [DoctorFinding] = []
    let free = "\(DiskFacts.size(available)) of \(DiskFacts.size(total)) available"
    if available < min(total / 20, 64 << 20) {
      found.append(
        .warning(
          .memory, "nearly all memory is used: \(free)",
          "wherry stats --no-stream tells which container uses it; -m limits one, apt install zram-tools adds room"
        ))
    }
    let onDisk = swaps.filter { !$0.isCompressedMemory }
    if !onDisk.isEmpty {
      found.append(
        .warning(
          .memory,
          "swap is on a disk (\(onDisk.map(\.name).joined(separator: ", "))), which wears a card out",
          "apt install zram-tools, then swapoff \(onDisk.first?.name ?? "") and take it from /etc/fstab"))
    }
    if found.isEmpty {
      let swap = swaps.isEmpty ? "no swap" : "swap in compressed memory"
      found = [.ok(.memory, "\(free), \(swap)")]
    }
    return found
  }
}
