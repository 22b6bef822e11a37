package import WherryCBOR
package import WherryWire

/// What the generated stubs need to make a call.
package protocol RPCConnection: Sendable {
  /// Opens a call whose items flow. `deadline` is how long the caller is ready to wait.
  func open(_ method: RPCMethod, params: [UInt8], deadline: Duration?) async throws -> OutgoingCall

  /// Makes a call in which no items flow, and gives its encoded result.
  func unary(_ method: RPCMethod, params: [UInt8], deadline: Duration?) async throws -> [UInt8]
}

extension RPCConnection {
  package func unary(_ method: RPCMethod, params: [UInt8], deadline: Duration?) async throws -> [UInt8] {
    try await open(method, params: params, deadline: deadline).result()
  }

  /// Makes a call in which no items flow.
  package func unary<Params: CBOREncodable, Success: CBORDecodable>(
    _ method: RPCMethod, _ params: Params, deadline: Duration? = nil, returning: Success.Type = Success.self
  ) async throws -> Success {
    let bytes = try await unary(method, params: params.cbor, deadline: deadline)
    return try Success(decodingResult: bytes, of: method)
  }

  /// Opens a call in which items flow.
  package func stream<
    Params: CBOREncodable, Input: CBOREncodable, Output: CBORDecodable, Success: CBORDecodable
  >(
    _ method: RPCMethod, _ params: Params, deadline: Duration? = nil,
    returning: Call<Input, Output, Success>.Type = Call<Input, Output, Success>.self
  ) async throws -> Call<Input, Output, Success> {
    Call(try await open(method, params: params.cbor, deadline: deadline))
  }
}
