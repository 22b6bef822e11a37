package import WherryModel

package struct LogQuery: Sendable {
  package var follow: Bool
  /// The last lines only; all where nil.
  package var tail: UInt64?
  package var since: Timestamp?
  package var until: Timestamp?

  package init(follow: Bool = false, tail: UInt64? = nil, since: Timestamp? = nil, until: Timestamp? = nil) {
    self.follow = follow
    self.tail = tail
    self.since = since
    self.until = until
  }
}

package struct LogLine: Sendable, Equatable {
  package enum Stream: Sendable, Equatable {
    case stdout
    case stderr
  }

  package var stream: Stream
  package var time: Timestamp
  /// A line with its newline, or a part of a longer one without.
  package var data: [UInt8]
  /// So many messages are missing here; `data` says so.
  package var dropped: UInt64?

  package init(stream: Stream, time: Timestamp, data: [UInt8]) {
    self.stream = stream
    self.time = time
    self.data = data
  }
}
