import WherryLinux
import WherrySystemd

/// journald's notes that a unit wrote faster than it may: "Suppressed N messages from UNIT". They come with the next
/// message after the interval, so that what was dropped last is told when the unit writes again.
enum DroppedMessages {
  /// The journal's notes of all units; the transport cannot be forged.
  static let matches = ["MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e", "_TRANSPORT=driver"]
  /// Of the notes of all units together.
  private static let maximumNotes = 10_000

  /// Nil for what is no such note, or another unit's.
  static func count(_ entry: JournalEntry, of unit: String) -> UInt64? {
    guard let dropped = entry.dropped else { return nil }
    // The process that wrote is often gone by now, and with it the field that would name its unit.
    let text = String(decoding: entry.message, as: UTF8.self)
    return text.hasSuffix(" from \(unit)") ? dropped : nil
  }

  /// All of a unit's, as far back as the journal goes. Blocks.
  static func total(of unit: String) throws(SystemError) -> UInt64 {
    let journal = try JournalReader(matches: matches)
    try journal.seekToEnd()
    var total: UInt64 = 0
    for _ in 0..<maximumNotes {
      guard let entry = try journal.previous() else { break }
      total = total.addingReportingOverflow(count(entry, of: unit) ?? 0).partialValue
    }
    return total
  }
}
