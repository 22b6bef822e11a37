/// Writes what a service implements, what dispatches to it, and what its clients call.
enum SwiftStubs {
  static func writeService(_ methods: [Method], to source: inout SourceText) {
    source.line()
    source.line("/// Every method of the schema, as the side that serves them sees it.")
    source.block("package protocol WherryAPI: Sendable {") { source in
      for method in methods {
        source.documentation(method.documentation)
        source.line("func \(SwiftNames.member(method.name))(")
        source.line("  \(parameters(of: method))")
        source.line(") async throws -> \(SwiftNames.type(method.resultRule))")
      }
    }
    source.line()
    source.line("/// Serves one call: decodes its parameters, lets `api` do the work, answers.")
    source.block("package func dispatch(_ call: IncomingCall, to api: some WherryAPI) async {") { source in
      source.line("switch call.method.number {")
      for method in methods { source.line("case \(method.number): \(serving(method))") }
      source.line("default: await call.refuseUnknownMethod()")
      source.line("}")
    }
  }

  private static func parameters(of method: Method) -> String {
    var parameters = ["_ params: \(SwiftNames.type(method.paramsRule))"]
    if let input = method.input { parameters.append("input: ItemSource<\(SwiftNames.type(input))>") }
    if let output = method.output { parameters.append("output: ItemSink<\(SwiftNames.type(output))>") }
    return (parameters + ["context: CallContext"]).joined(separator: ", ")
  }

  private static func serving(_ method: Method) -> String {
    let (function, labels) =
      switch (method.input, method.output) {
      case (nil, nil): ("serveUnary", "_:context:")
      case (nil, _): ("serveOutput", "_:output:context:")
      case (_, nil): ("serveInput", "_:input:context:")
      case (_, _): ("serveStreaming", "_:input:output:context:")
      }
    return "await call.\(function)(api.\(SwiftNames.member(method.name))(\(labels)))"
  }

  static func writeClient(_ schema: Schema, named name: String, to source: inout SourceText) {
    source.line()
    source.line("/// Every method of the schema, as a caller sees it.")
    source.block("package struct \(name): Sendable {") { source in
      source.line("package let connection: any RPCConnection")
      source.line()
      source.line("package init(_ connection: any RPCConnection) { self.connection = connection }")
      for method in schema.methods { writeCall(method, schema, &source) }
    }
  }

  private static func writeCall(_ method: Method, _ schema: Schema, _ source: inout SourceText) {
    let name = SwiftNames.member(method.name)
    let params = SwiftNames.type(method.paramsRule)
    let absent = mayBeEmpty(method.paramsRule, schema) ? " = \(params)()" : ""
    let success = SwiftNames.type(method.resultRule)
    let streams = method.input != nil || method.output != nil
    let input = method.input.map { SwiftNames.type($0) } ?? "NoInput"
    let output = method.output.map { SwiftNames.type($0) } ?? "NoOutput"
    source.line()
    source.documentation(method.documentation)
    source.line("package func \(name)(")
    source.line("  _ params: \(params)\(absent), deadline: Duration? = nil")
    source.block(") async throws -> \(streams ? "Call<\(input), \(output), \(success)>" : success) {") {
      source in
      source.line(
        "try await connection.\(streams ? "stream" : "unary")(.\(name), params, deadline: deadline)")
    }
  }

  /// Whether a rule is a map that needs no field.
  private static func mayBeEmpty(_ name: String, _ schema: Schema) -> Bool {
    switch schema.rule(name)?.body {
    case .map(let fields): fields.allSatisfy(\.isOptional)
    case .alias(.name(let other)): mayBeEmpty(other, schema)
    default: false
    }
  }
}
