import WherryModel

/// What a container, or the device, has written, and for how long that was counted. Over reboots and power cuts: what was
/// written since the last save is then lost together with the time in which it was, so the rate stays right.
///
/// It is kept in /run, which costs the card nothing, and saved when there is much that is not saved: what saving writes is
/// a thousandth of what it tells of. A value without I/O: readings in, `Action` out.
package struct WearLedger: Sendable, Hashable {
  package enum Kind: String, Sendable, CaseIterable {
    /// Milliseconds for which the device was on.
    case time
    /// By a container, to block devices, as its control group counts.
    case written
    /// By the daemon and its workers, proc(5) `write_bytes`.
    case own
    /// By containers that were removed.
    case removed
    /// To the disk that holds the state, by everybody.
    case disk

    /// Whether the kernel's counter is nobody else's, so that all it has counts.
    var isOursFromBeginning: Bool { self == .written || self == .own }
  }

  package enum Event: Sendable, Hashable {
    case read(Kind, UInt64, epoch: String)
    case added(Kind, UInt64)
    /// The kernel does not count here.
    case notCounted(Kind)
  }

  package enum Action: Sendable, Hashable {
    /// In /run.
    case keep
    /// In /run and on disk.
    case save
  }

  package private(set) var counters: [Kind: WearCounter] = [:]
  /// What was last found not to be counted.
  package private(set) var gaps: Set<Kind> = []
  private var savedBytes: UInt64 = 0
  private var savedTime: UInt64 = 0

  /// Bytes that may be unsaved, and milliseconds.
  package static let unsavedBytes: UInt64 = 16 << 20
  package static let unsavedTime: UInt64 = 7 * 86_400_000

  package init() {}

  /// Nil where it was never counted: unknown, not zero.
  package func total(_ kind: Kind) -> UInt64? { counters[kind]?.total }

  private var bytes: UInt64 {
    counters.filter { $0.key != .time }.values.reduce(0) { UInt64.saturatingSum($0, $1.total) }
  }

  package mutating func handle(_ events: [Event]) -> Action {
    for event in events {
      switch event {
      case .read(let kind, let value, let epoch):
        counters[kind, default: WearCounter()].read(
          value, epoch: epoch, isOursFromBeginning: kind.isOursFromBeginning)
        gaps.remove(kind)
      case .added(let kind, let bytes): counters[kind, default: WearCounter()].add(bytes)
      case .notCounted(let kind): gaps.insert(kind)
      }
    }
    let (bytes, time) = (self.bytes, total(.time) ?? 0)
    let isDue =
      bytes >= UInt64.saturatingSum(savedBytes, Self.unsavedBytes)
      || time >= UInt64.saturatingSum(savedTime, Self.unsavedTime)
    guard isDue else { return .keep }
    (savedBytes, savedTime) = (bytes, time)
    return .save
  }

  /// Bytes a day; nil where it was not counted, or for less than ten minutes.
  package func daily(_ kind: Kind) -> UInt64? {
    guard let written = total(kind), let time = total(.time), time >= 600_000 else { return nil }
    let rate = Double(written) * 86_400_000 / Double(time)
    return rate < Double(UInt64.max / 2) ? UInt64(rate) : .max
  }
}

extension WearLedger {
  /// `KEY=VALUE` lines.
  package var text: String {
    var lines: [String] = []
    for (kind, counter) in counters.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      lines.append("\(kind.rawValue)=\(counter.total)")
      if let epoch = counter.epoch {
        lines += ["\(kind.rawValue)-last=\(counter.last)", "\(kind.rawValue)-epoch=\(epoch)"]
      }
    }
    for kind in gaps.map(\.rawValue).sorted() { lines.append("gap-\(kind)=1") }
    lines += ["saved-bytes=\(savedBytes)", "saved-time=\(savedTime)"]
    return lines.map { $0 + "\n" }.joined()
  }

  /// Nil where `text` is no ledger.
  package init?(_ text: String) {
    var values: [String: String] = [:]
    for line in text.split(separator: "\n") {
      var halves = line.split(separator: "=", maxSplits: 1)[...]
      guard let key = halves.popFirst(), let value = halves.popFirst() else { return nil }
      values[String(key)] = String(value)
    }
    guard let bytes = values["saved-bytes"].flatMap({ UInt64($0) }),
      let time = values["saved-time"].flatMap({ UInt64($0) })
    else { return nil }
    (savedBytes, savedTime) = (bytes, time)
    for kind in Kind.allCases {
      if values["gap-\(kind.rawValue)"] == "1" { gaps.insert(kind) }
      guard let total = values[kind.rawValue] else { continue }
      var counter = WearCounter()
      guard let number = UInt64(total) else { return nil }
      counter.total = number
      if let epoch = values["\(kind.rawValue)-epoch"] {
        guard let last = values["\(kind.rawValue)-last"].flatMap({ UInt64($0) }) else { return nil }
        counter.epoch = epoch
        counter.last = last
      }
      counters[kind] = counter
    }
  }
}
