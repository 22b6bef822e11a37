/// One message of the journal, as far as container output needs it (systemd.journal-fields(7)).
package struct JournalEntry: Sendable, Equatable {
  /// Microseconds since 1970, when journald received it.
  package var time: UInt64
  package var message: [UInt8]
  package var priority: UInt8
  /// `stdout` for streams, `journal` for sd_journal_send(3).
  package var transport: String
  package var identifier: String
  /// Why the line ended without a newline: `nul`, `line-max`, `eof`, `pid-change`; nil for a whole line.
  package var lineBreak: String?
  /// conmon cut a long line here (`CONTAINER_PARTIAL_MESSAGE`).
  package var isPartial: Bool
  /// journald's own note that it dropped so many messages (`N_DROPPED`, SD_MESSAGE_JOURNAL_DROPPED).
  package var dropped: UInt64?

  package init(
    time: UInt64, message: [UInt8], priority: UInt8 = 6, transport: String = "stdout",
    identifier: String = "", lineBreak: String? = nil, isPartial: Bool = false
  ) {
    self.time = time
    self.message = message
    self.priority = priority
    self.transport = transport
    self.identifier = identifier
    self.lineBreak = lineBreak
    self.isPartial = isPartial
  }

  /// The bytes the process wrote. journald drops blank lines and white space at the end of lines;
  /// everything else comes back.
  package var output: [UInt8] {
    // conmon leaves the newline in.
    if transport == "journal", message.last == UInt8(ascii: "\n") { return message }
    switch lineBreak {
    case nil: return isPartial ? message : message + [UInt8(ascii: "\n")]
    case "nul": return message + [0]
    default: return message
    }
  }

  package var endsLine: Bool { output.last == UInt8(ascii: "\n") }
}
