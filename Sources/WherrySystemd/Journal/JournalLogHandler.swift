import Glibc
package import Logging

/// swift-log into the journal, metadata as fields (`WHERRY_CONTAINER=…`); as plain lines on
/// standard error where that is not the journal.
package struct JournalLogHandler: LogHandler {
  package var logLevel: Logger.Level = .info
  package var metadata: Logger.Metadata = [:]
  package var metadataProvider: Logger.MetadataProvider?
  private let label: String
  private let identifier: String
  private let usesJournal: Bool

  package init(label: String, identifier: String = "wherry", usesJournal: Bool = JournalWriter.isConnected) {
    self.label = label
    self.identifier = identifier
    self.usesJournal = usesJournal
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    var all = metadata
    if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
    if let own = event.metadata { all.merge(own) { $1 } }
    let pairs = all.map { ($0.key, "\($0.value)") }.sorted { $0.0 < $1.0 }
    if usesJournal, send(event, pairs) { return }
    print(event, pairs)
  }

  private func send(_ event: LogEvent, _ pairs: [(String, String)]) -> Bool {
    var fields: [(name: String, value: String)] = [
      ("MESSAGE", event.message.description),
      ("PRIORITY", "\(Self.priority(event.level))"),
      ("SYSLOG_IDENTIFIER", identifier),
      ("WHERRY_LOGGER", label),
    ]
    if event.level <= .debug {
      fields += [("CODE_FILE", event.file), ("CODE_LINE", "\(event.line)"), ("CODE_FUNC", event.function)]
    }
    for (key, value) in pairs { fields.append((JournalWriter.fieldName(key), value)) }
    return JournalWriter.send(fields)
  }

  private func print(_ event: LogEvent, _ pairs: [(String, String)]) {
    var line = "\(identifier): \(event.level): \(event.message)"
    for (key, value) in pairs { line += " \(key)=\(Self.quoted(value))" }
    let bytes = Array(line.map { $0.isNewline ? " " : $0 }.map(String.init).joined().utf8) + [10]
    // One write, so that lines of several threads do not mix. Nobody can be told of a failure.
    _ = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
  }

  private static func quoted(_ text: String) -> String {
    text.contains { $0.isWhitespace || $0 == "\"" || $0 == "=" } ? text.debugDescription : text
  }

  /// syslog(3) levels.
  static func priority(_ level: Logger.Level) -> Int {
    switch level {
    case .trace, .debug: 7
    case .info: 6
    case .notice: 5
    case .warning: 4
    case .error: 3
    case .critical: 2
    }
  }
}
