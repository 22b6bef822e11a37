/// How the schema's names are spelled in Swift.
enum SwiftNames {
  /// Rules whose Swift type is written by hand in WherryModel.
  static let handwritten = ["timestamp": "Timestamp", "error-code": "WherryError.Code"]

  private static let keywords: Set<String> = [
    "internal", "public", "package", "operator", "default", "in", "is", "as", "for", "repeat", "return",
    "self",
    "init", "protocol", "import", "case", "class", "struct", "enum", "func", "let", "var", "where", "while",
    "do",
    "try", "throw", "true", "false", "nil", "switch", "if", "else", "guard", "break", "continue", "extension",
    "static", "private", "fileprivate", "subscript", "typealias", "defer", "catch", "rethrows", "throws",
    "inout",
    "super", "any",
  ]

  /// `container-spec` → `ContainerSpec`
  static func type(_ name: String) -> String {
    handwritten[name] ?? name.split(separator: "-").map(capitalized).joined()
  }

  /// `on-failure` → `onFailure`
  static func member(_ name: String) -> String {
    let words = name.split(separator: "-")
    return escaped(([String(words[0])] + words.dropFirst().map(capitalized)).joined())
  }

  static func escaped(_ name: String) -> String { keywords.contains(name) ? "`\(name)`" : name }

  static func type(_ reference: TypeReference) -> String {
    switch reference {
    case .name("tstr"): "String"
    case .name("uint"): "UInt64"
    case .name("int"): "Int64"
    case .name("bool"): "Bool"
    case .name("bstr"), .name("any"): "[UInt8]"
    case .name(let name): type(name)
    case .array(let element, _): "[\(type(element))]"
    case .table(let value): "[String: \(type(value))]"
    }
  }

  private static func capitalized(_ word: some StringProtocol) -> String {
    word.prefix(1).uppercased() + word.dropFirst()
  }
}
