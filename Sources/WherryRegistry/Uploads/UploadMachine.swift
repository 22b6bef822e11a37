import WherryModel

/// One upload of a blob, as it moves from request to request. It does no I/O: whoever has it writes the bytes it
/// allows.
///
/// A request that came later takes over: the connection of the one before may be dead without anybody knowing, and
/// its client is the one that is back.
package struct UploadMachine: Sendable, Equatable {
  /// Bytes kept. The next chunk begins there.
  package private(set) var received: UInt64
  private let maximumSize: UInt64
  private var turn: UInt64 = 0
  /// Of the request under way: where it must not write beyond, and whether it must get there.
  private var bound: UInt64?

  package struct Turn: Sendable, Equatable {
    fileprivate var number: UInt64
  }

  package init(received: UInt64 = 0, maximumSize: UInt64) {
    self.received = received
    self.maximumSize = maximumSize
  }

  /// A request with bytes begins. `length` is its Content-Length, where it has one.
  package mutating func begin(range: String?, length: UInt64?) throws(RegistryProblem) -> Turn {
    var end: UInt64?
    if let length {
      let (sum, overflow) = received.addingReportingOverflow(length)
      guard !overflow, sum <= maximumSize else { throw tooLarge }
      end = sum
    }
    if let range {
      guard let range = ContentRange(range) else {
        throw RegistryProblem(
          400, .blobUploadInvalid,
          "invalid Content-Range \(String(range.prefix(80)).debugDescription): FIRST-LAST")
      }
      guard range.first == received else { throw outOfOrder }
      guard range.last < maximumSize else { throw tooLarge }
      if let length, length != range.count {
        throw RegistryProblem(
          400, .sizeInvalid, "Content-Range has \(range.count) bytes and Content-Length \(length)")
      }
      end = range.last + 1
    }
    bound = end
    turn += 1
    return Turn(number: turn)
  }

  /// Bytes of that request came, and may be kept where nothing is thrown.
  package mutating func take(_ count: Int, _ turn: Turn) throws(RegistryProblem) {
    try check(turn)
    let (sum, overflow) = received.addingReportingOverflow(UInt64(clamping: count))
    guard !overflow, sum <= maximumSize else { throw tooLarge }
    if let bound, sum > bound {
      throw RegistryProblem(400, .sizeInvalid, "more bytes came than were announced")
    }
    received = sum
  }

  /// The request's bytes have all come. What was kept stays where they were too few: the client goes on from there.
  package mutating func end(_ turn: Turn) throws(RegistryProblem) {
    try check(turn)
    defer { bound = nil }
    if let bound, received != bound {
      throw RegistryProblem(
        400, .sizeInvalid, "fewer bytes came than were announced", headers: [RegistryHeader("Range", range)])
    }
  }

  /// `0-LAST`, as the status of an upload says it.
  package var range: String { "0-\(received == 0 ? 0 : received - 1)" }

  private func check(_ turn: Turn) throws(RegistryProblem) {
    guard turn.number == self.turn else {
      throw RegistryProblem(409, .blobUploadInvalid, "another request has gone on with this upload")
    }
  }

  private var outOfOrder: RegistryProblem {
    RegistryProblem(
      416, .blobUploadInvalid, "the next chunk must begin at \(received)",
      headers: [RegistryHeader("Range", range)])
  }

  private var tooLarge: RegistryProblem {
    RegistryProblem(413, .sizeInvalid, "a blob may have \(maximumSize) bytes at most")
  }
}

/// The name of an upload: a random UUID (RFC 9562).
package struct UploadID: Hashable, Sendable, CustomStringConvertible {
  package let text: String

  package init(_ text: some StringProtocol) throws(RegistryProblem) {
    let groups = text.split(separator: "-", omittingEmptySubsequences: false)
    guard groups.map(\.utf8.count) == [8, 4, 4, 4, 12], groups.allSatisfy({ Hex.isLowercase($0) }) else {
      throw RegistryProblem(404, .blobUploadUnknown, "no such upload")
    }
    self.text = String(text)
  }

  private init(_ bytes: [UInt8]) {
    var hex = Hex.encode(bytes)[...]
    var groups: [Substring] = []
    for length in [8, 4, 4, 4, 12] {
      groups.append(hex.prefix(length))
      hex = hex.dropFirst(length)
    }
    text = groups.joined(separator: "-")
  }

  static func random() -> UploadID {
    var bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
    bytes.replaceSubrange(6...6, with: [0x40 | UInt8.random(in: 0...15)])
    bytes.replaceSubrange(8...8, with: [0x80 | UInt8.random(in: 0...63)])
    return UploadID(bytes)
  }

  package var description: String { text }
}
