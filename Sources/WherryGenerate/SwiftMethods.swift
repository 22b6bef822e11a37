/// Writes the table of methods.
enum SwiftMethods {
  /// `all` is the name of the list of them.
  static func write(
    _ methods: [Method], all: String, of what: String, to source: inout SourceText
  ) {
    source.line()
    source.block("extension RPCMethod {") { source in
      for method in methods {
        source.documentation(method.documentation)
        source.line("package static let \(SwiftNames.member(method.name)) = RPCMethod(")
        source.line(
          "  number: \(method.number), name: \"\(method.name)\", role: .\(SwiftNames.escaped(method.role)), "
            + "hasInput: \(method.input != nil), hasOutput: \(method.output != nil))")
      }
      source.line()
      source.line("/// Every method of \(what), in its order.")
      source.line("package static let \(all): [RPCMethod] = [")
      for method in methods { source.line("  .\(SwiftNames.member(method.name)),") }
      source.line("]")
    }
  }
}
