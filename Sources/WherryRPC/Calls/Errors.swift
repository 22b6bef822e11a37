import WherryCBOR
package import WherryModel
import WherryWire

extension WherryError {
  /// Malformed CBOR as an error of this protocol: the one place that maps `CBORError`.
  init(decoding what: String, _ error: CBORError, code: Code) {
    self.init(code, "\(what): \(error)", cause: error)
  }

  /// Any error a handler throws as the error its caller sees.
  package init(answering error: any Error) {
    switch error {
    case let error as WherryError:
      self = error
    case is CancellationError:
      self.init(.cancelled, "the call was cancelled")
    default:
      self.init(.internal, "internal error: \(error)", cause: error)
    }
  }

  static func unknownMethod(_ number: UInt64, name: String? = nil) -> WherryError {
    WherryError(
      .unknownMethod, "unknown method \(name ?? String(number))",
      hint: "the peer may be of a newer version than this side")
  }

  /// Marks a failure after which the same call may be made again on another connection,
  /// because this peer has not started it.
  package static let retryDetail = "retry"

  package static func retryable(_ message: String) -> WherryError {
    WherryError(.unavailable, message, details: [retryDetail: "safe"])
  }

  /// Whether the call that failed so was never started by the peer.
  package var isRetrySafe: Bool { code == .unavailable && details[Self.retryDetail] == "safe" }
}

extension CBORDecodable {
  /// Decodes the parameters of a peer's call; a fault is the caller's.
  init(decodingParams bytes: [UInt8], of method: RPCMethod) throws(WherryError) {
    try self.init(whole: bytes, "parameters of \(method.name)", code: .invalidArgument)
  }

  /// Decodes the result of our call; a fault is the peer's.
  init(decodingResult bytes: [UInt8], of method: RPCMethod) throws(WherryError) {
    try self.init(whole: bytes, "result of \(method.name)", code: .protocolViolation)
  }

  private init(whole bytes: [UInt8], _ what: String, code: WherryError.Code) throws(WherryError) {
    do {
      try self.init(cbor: bytes)
    } catch {
      throw WherryError(decoding: what, error, code: code)
    }
  }
}

/// The one place that maps errors to the wire and back. A code this side does not know survives.
extension WherryError {
  init(_ body: ErrorBody) {
    self.init(body.code, body.message, hint: body.hint, details: body.details ?? [:])
  }
}

extension ErrorBody {
  init(_ error: WherryError) {
    self.init(
      code: error.code, message: error.message, hint: error.hint,
      details: error.details.isEmpty ? nil : error.details)
  }
}
