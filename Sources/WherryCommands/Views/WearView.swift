import WherryWire

/// What `system wear` shows.
struct WearView {
  static let standard = "{{.Container}}\t{{.Written}}\t{{.Daily}}\t{{.Share}}"
  static let headers: Value = [
    "Container": "CONTAINER", "Daily": "A DAY", "DailyBytes": "DAILY BYTES", "Kind": "KIND",
    "Seconds": "SECONDS", "Share": "SHARE", "Written": "WRITTEN", "WrittenBytes": "BYTES WRITTEN",
  ]

  var wear: SystemWearResult
  var terminal = false

  /// Of what containers and the engine wrote.
  private var sum: UInt64 {
    wear.entries.filter { $0.kind != .disk }.reduce(0) { $0 &+ ($1.written ?? 0) }
  }

  var rows: [Value] { wear.entries.map(row) }

  private func row(_ entry: WearEntry) -> Value {
    [
      "Container": .string(name(entry)), "Daily": .string(size(entry.daily)),
      "DailyBytes": number(entry.daily), "Kind": .string(Self.kind(entry.kind)),
      "Seconds": .unsigned(entry.time / 1000), "Share": .string(share(entry)),
      "Written": .string(
        size(entry.written) + (entry.gap ?? false && entry.written != nil ? " at least" : "")),
      "WrittenBytes": number(entry.written),
    ]
  }

  private func name(_ entry: WearEntry) -> String {
    let name = Sanitise.metadata(entry.name, terminal: terminal)
    return switch entry.kind {
    case .container: name
    case .removed: "(removed containers)"
    case .engine: "(wherry)"
    case .disk: name.isEmpty ? "(whole disk)" : "(whole disk \(name))"
    default: "(\(name))"
    }
  }

  private static func kind(_ kind: WearKind) -> String {
    switch kind {
    case .container: "container"
    case .removed: "removed"
    case .engine: "engine"
    case .disk: "disk"
    default: "other"
    }
  }

  private func size(_ bytes: UInt64?) -> String { bytes.map { Human.size($0) } ?? "--" }
  private func number(_ value: UInt64?) -> Value { value.map { .unsigned($0) } ?? .null }

  private func share(_ entry: WearEntry) -> String {
    guard entry.kind != .disk, let written = entry.written, sum > 0 else { return "--" }
    return Human.fixed(Double(written) / Double(sum) * 100, 1) + "%"
  }

  var summary: [String] {
    let time = wear.entries.last?.time ?? 0
    var lines = ["", "Counted for: \(Human.duration(seconds: time / 1000)) in which the device was on"]
    if wear.entries.contains(where: { $0.gap ?? false }) {
      lines.append("Not counted: what the kernel has no io controller or no block device for")
    }
    guard let rating = wear.rating else {
      return lines + ["Rating: not set (\"storage-rating\" in /etc/wherry/daemon.json)"]
    }
    let life =
      wear.lasts.map { "at what is written now it lasts \(Self.years($0))" }
      ?? "not enough counted to tell more"
    return lines + ["Rating: \(Human.size(rating)); \(life)"]
  }

  /// Of months: `2.5 years`.
  private static func years(_ months: UInt64) -> String { Human.fixed(Double(months) / 12, 1) + " years" }
}
