package import WherryWire

/// One message of the protocol (`message` in wherry.cddl). Parameters, results and items are kept encoded.
package enum Message: Sendable, Equatable {
  case hello(HelloBody)
  /// `deadline` is in milliseconds from receipt.
  case request(StreamID, method: UInt64, params: [UInt8], deadline: UInt64?)
  case response(StreamID, result: [UInt8])
  case error(StreamID, ErrorBody)
  case item(StreamID, value: [UInt8])
  case end(StreamID)
  case cancel(StreamID)
  case credit(StreamID, bytes: UInt64)
  case ping(UInt64)
  case pong(UInt64)
  case goingAway(lastStream: StreamID, reason: String)

  /// The first element of a message's array.
  package enum Kind: UInt64, Sendable, CaseIterable {
    case hello = 0
    case request = 1
    case response = 2
    case error = 3
    case item = 4
    case end = 5
    case cancel = 6
    case credit = 7
    case ping = 8
    case pong = 9
    case goingAway = 10
  }
}
