import CLibSystemd
import Glibc
package import WherryLinux

/// Reads the journal, sd_journal_open(3). Blocking file access: call it on a `BlockingPool`.
///
/// `@unchecked`: sd-journal is bound to no thread, but one at a time; the owner calls serially.
package final class JournalReader: @unchecked Sendable {
  private let journal: OpaquePointer

  /// All messages of the local journal, of this boot and earlier ones, whose fields match all of
  /// `matches` (`NAME=value`), or all of `others`.
  package init(matches: [String], or others: [String] = []) throws(SystemError) {
    var opened: OpaquePointer?
    let result = sd_journal_open(&opened, Int32(SD_JOURNAL_LOCAL_ONLY))
    guard result >= 0, let opened else { throw SystemError(errno: -result, "open", "journal") }
    journal = opened
    // Messages are read whole: the default cuts fields of 64 KiB and more.
    sd_journal_set_data_threshold(journal, 0)
    for match in matches + (others.isEmpty ? [] : [""]) + others {
      if match.isEmpty {
        let joined = sd_journal_add_disjunction(opened)
        if joined < 0 { throw SystemError(errno: -joined, "search", "journal") }
        continue
      }
      let bytes = Array(match.utf8)
      let added = bytes.withUnsafeBytes { sd_journal_add_match(opened, $0.baseAddress, $0.count) }
      if added < 0 { throw SystemError(errno: -added, "search", "journal") }
    }
  }

  deinit {
    sd_journal_close(journal)
  }

  package func seekToStart() throws(SystemError) { try check(sd_journal_seek_head(journal)) }
  package func seekToEnd() throws(SystemError) { try check(sd_journal_seek_tail(journal)) }
  /// `next` then gives the first entry at or after that time.
  package func seek(microseconds: UInt64) throws(SystemError) {
    try check(sd_journal_seek_realtime_usec(journal, microseconds))
  }

  /// Moves on and reads; nil at the end (for now).
  package func next() throws(SystemError) -> JournalEntry? {
    while true {
      let moved = sd_journal_next(journal)
      try check(moved)
      if moved == 0 { return nil }
      if let entry = try current() { return entry }
    }
  }

  /// Moves back and reads; nil at the beginning.
  package func previous() throws(SystemError) -> JournalEntry? {
    while true {
      let moved = sd_journal_previous(journal)
      try check(moved)
      if moved == 0 { return nil }
      if let entry = try current() { return entry }
    }
  }

  /// The entry the cursor is on; nil where it has no message, or its file is damaged there.
  package func current() throws(SystemError) -> JournalEntry? {
    var time: UInt64 = 0
    guard sd_journal_get_realtime_usec(journal, &time) >= 0, let message = field("MESSAGE") else {
      return nil
    }
    let transport = text("_TRANSPORT") ?? ""
    var entry = JournalEntry(
      time: time, message: message,
      priority: UInt8(text("PRIORITY") ?? "") ?? 6, transport: transport,
      identifier: text("SYSLOG_IDENTIFIER") ?? "", lineBreak: text("_LINE_BREAK"),
      isPartial: text("CONTAINER_PARTIAL_MESSAGE") == "true")
    // Nobody but journald can send with this transport.
    if transport == "driver" { entry.dropped = text("N_DROPPED").flatMap { UInt64($0) } }
    return entry
  }

  /// Becomes readable when the journal has changed; call `acknowledge` then.
  package func changeDescriptor() throws(SystemError) -> Int32 {
    let number = sd_journal_get_fd(journal)
    try check(number)
    return number
  }

  package func acknowledge() throws(SystemError) { try check(sd_journal_process(journal)) }

  private func text(_ name: String) -> String? {
    field(name).map { String(decoding: $0, as: UTF8.self) }
  }

  private func field(_ name: String) -> [UInt8]? {
    var data: UnsafeRawPointer?
    var length = 0
    guard sd_journal_get_data(journal, name, &data, &length) >= 0, let data else { return nil }
    // NAME=value
    let skipped = name.utf8.count + 1
    guard length >= skipped else { return nil }
    return Array(UnsafeRawBufferPointer(start: data + skipped, count: length - skipped))
  }

  private func check(_ result: Int32) throws(SystemError) {
    if result < 0 { throw SystemError(errno: -result, "read", "journal") }
  }
}
