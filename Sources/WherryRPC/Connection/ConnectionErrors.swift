import WherryModel

extension WherryError {
  static let deadlineExceeded = WherryError(.deadlineExceeded, "the call's deadline has passed")
  static let cancelled = WherryError(.cancelled, "the call was cancelled")
  static let callEnded = WherryError(.cancelled, "the call has ended and takes no more items")

  static func closedBeforeAnswer(_ reason: String) -> WherryError {
    WherryError(.unavailable, "the connection closed before the call was answered: \(reason)")
  }

  static func closedBeforeCall(_ reason: String) -> WherryError {
    retryable("the connection closed before the call was made: \(reason)")
  }

  static func tooLarge(_ what: String, _ size: Int, limit: Int) -> WherryError {
    WherryError(
      .resourceExhausted, "\(what) of \(size) bytes is larger than the \(limit) bytes the peer takes",
      details: ["limit": String(limit)])
  }
}
