import WherryModel

extension WherryError {
  static let deadlineExceeded = WherryError(.deadlineExceeded, "the call's deadline has passed")
  static let cancelled = WherryError(.cancelled, "the call was cancelled")
  static let callEnded = WherryError(.cancelled, "the call has ended and takes no more items")

  /// What fails a call that was sent, when the connection ends with `error`.
  static func beforeAnswer(_ error: WherryError) -> WherryError {
    if error.code == .protocolViolation { return error }
    return WherryError(
      .unavailable, "the connection closed before the call was answered: \(error.message)")
  }

  /// What fails a call that was not sent, when the connection ends with `error`. A peer that breaks
  /// the protocol, speaks another or does not know us would do so again.
  static func beforeCall(_ error: WherryError) -> WherryError {
    error.code == .unavailable ? .closedBeforeCall(error.message) : error
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
