package import WherryCBOR
package import WherryModel
package import WherryWire

/// A call the peer has made and this side has agreed to serve.
package struct IncomingCall: Sendable {
  package let context: CallContext
  /// The encoded parameters.
  package let params: [UInt8]
  let port: StreamPort

  package var method: RPCMethod { context.method }

  /// Answers with an encoded result or an error. Only the first answer counts.
  package func answer(_ result: Result<[UInt8], WherryError>) async {
    await port.answer(result)
  }

  /// Refuses a method this build has no handler for.
  package func refuseUnknownMethod() async {
    await answer(.failure(.unknownMethod(method.number, name: method.name)))
  }
}

extension IncomingCall {
  package func serveUnary<Params: CBORDecodable, Success: CBOREncodable>(
    _ handler: (Params, CallContext) async throws -> Success
  ) async {
    await serve { try await handler($0, context) }
  }

  package func serveOutput<Params: CBORDecodable, Output: CBOREncodable, Success: CBOREncodable>(
    _ handler: (Params, ItemSink<Output>, CallContext) async throws -> Success
  ) async {
    await serve { try await handler($0, ItemSink(port: port), context) }
  }

  package func serveInput<Params: CBORDecodable, Input: CBORDecodable, Success: CBOREncodable>(
    _ handler: (Params, ItemSource<Input>, CallContext) async throws -> Success
  ) async {
    await serve { try await handler($0, ItemSource(port: port), context) }
  }

  package func serveStreaming<
    Params: CBORDecodable, Input: CBORDecodable, Output: CBOREncodable, Success: CBOREncodable
  >(
    _ handler: (Params, ItemSource<Input>, ItemSink<Output>, CallContext) async throws -> Success
  ) async {
    await serve { try await handler($0, ItemSource(port: port), ItemSink(port: port), context) }
  }

  /// Decodes the parameters, runs `handler`, answers once.
  private func serve<Params: CBORDecodable, Success: CBOREncodable>(
    _ handler: (Params) async throws -> Success
  ) async {
    let result: Result<[UInt8], WherryError>
    do {
      let success = try await handler(try Params(decodingParams: params, of: method))
      result = .success(success.cbor)
    } catch {
      result = .failure(WherryError(answering: error))
    }
    await answer(result)
  }
}
