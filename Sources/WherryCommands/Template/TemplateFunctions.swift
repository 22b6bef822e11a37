/// The functions of text/template and of Docker's templates package that are in use.
enum TemplateFunctions {
  static let names: Set<String> = [
    "json", "join", "split", "title", "lower", "upper", "pad", "truncate", "println", "print", "printf",
    "len",
    "index", "eq", "ne", "lt", "le", "gt", "ge", "and", "or", "not",
  ]

  static func call(_ name: String, _ arguments: [Value]) throws(TemplateError) -> Value {
    switch name {
    case "json": return .string(JSONWriter.compact(try argument(name, arguments, 0)))
    case "lower": return .string(try text(name, arguments, 0).lowercased())
    case "upper": return .string(try text(name, arguments, 0).uppercased())
    case "title": return .string(title(try text(name, arguments, 0)))
    case "join": return .string(try join(arguments))
    case "split":
      let separator = try text(name, arguments, 1)
      return .strings(split(try text(name, arguments, 0), separator))
    case "pad":
      let before = try count(name, arguments, 1)
      let after = try count(name, arguments, 2)
      let text = try text(name, arguments, 0)
      return .string(
        text.isEmpty
          ? "" : String(repeating: " ", count: before) + text + String(repeating: " ", count: after))
    case "truncate":
      return .string(String(try text(name, arguments, 0).prefix(try count(name, arguments, 1))))
    case "print": return .string(spaced(arguments))
    case "println": return .string(arguments.map(\.goDescription).joined(separator: " ") + "\n")
    case "printf": return .string(try printf(arguments))
    case "len": return .int(Int64(try length(try argument(name, arguments, 0))))
    case "index": return try index(arguments)
    case "not": return .bool(!(try argument(name, arguments, 0)).isTrue)
    case "and": return arguments.first { !$0.isTrue } ?? arguments.last ?? .null
    case "or": return arguments.first { $0.isTrue } ?? arguments.last ?? .null
    case "eq":
      let first = try argument(name, arguments, 0)
      return .bool(arguments.dropFirst().contains(first))
    case "ne": return .bool(try argument(name, arguments, 0) != argument(name, arguments, 1))
    case "lt", "le", "gt", "ge": return .bool(try compare(name, arguments))
    default: throw TemplateError("function \(GoQuote.quote(name)) not defined")
    }
  }

  private static func argument(
    _ name: String, _ arguments: [Value], _ index: Int
  ) throws(TemplateError) -> Value {
    guard arguments.indices.contains(index) else {
      throw TemplateError("wrong number of args for \(name): got \(arguments.count)")
    }
    return arguments[index]
  }

  private static func text(_ name: String, _ arguments: [Value], _ index: Int) throws(TemplateError) -> String
  {
    guard case .string(let text) = try argument(name, arguments, index) else {
      throw TemplateError("error calling \(name): expected string")
    }
    return text
  }

  private static func count(_ name: String, _ arguments: [Value], _ index: Int) throws(TemplateError) -> Int {
    guard case .int(let count) = try argument(name, arguments, index), (0...65_536).contains(count) else {
      throw TemplateError("error calling \(name): expected a count")
    }
    return Int(count)
  }

  private static func length(_ value: Value) throws(TemplateError) -> Int {
    switch value {
    case .string(let text): return text.utf8.count
    case .array(let values): return values.count
    case .object(let fields): return fields.count
    case .null: return 0
    default: throw TemplateError("error calling len: len of type without one")
    }
  }

  private static func join(_ arguments: [Value]) throws(TemplateError) -> String {
    let separator = try text("join", arguments, 1)
    switch try argument("join", arguments, 0) {
    case .null: return ""
    case .array(let values): return values.map(\.goDescription).joined(separator: separator)
    default: throw TemplateError("error calling join: expected a list")
    }
  }

  private static func split(_ text: String, _ separator: String) -> [String] {
    guard !separator.isEmpty else { return text.map { String($0) } }
    var parts: [String] = []
    var part = ""
    var rest = text[...]
    while !rest.isEmpty {
      if rest.hasPrefix(separator) {
        parts.append(part)
        part = ""
        rest = rest.dropFirst(separator.count)
      } else if let character = rest.popFirst() {
        part.append(character)
      }
    }
    return parts + [part]
  }

  private static func title(_ text: String) -> String {
    var startsWord = true
    var title = ""
    for character in text {
      title += startsWord ? character.uppercased() : String(character)
      startsWord = character == " "
    }
    return title
  }

  /// Go's `Sprint`: a space only between operands neither of which is a string.
  private static func spaced(_ arguments: [Value]) -> String {
    var text = ""
    for (index, value) in arguments.enumerated() {
      if index > 0 {
        if case .string = value {
        } else if case .string = arguments[index - 1] {
        } else {
          text += " "
        }
      }
      text += value.goDescription
    }
    return text
  }

  /// `index v k…`: a key a map lacks gives the empty value.
  private static func index(_ arguments: [Value]) throws(TemplateError) -> Value {
    var value = try argument("index", arguments, 0)
    for key in arguments.dropFirst() {
      switch (value, key) {
      case (.object, .string(let name)): value = value[name] ?? .string("")
      case (.null, _): value = .string("")
      case (.array(let values), .int(let position)):
        guard let position = Int(exactly: position), values.indices.contains(position) else {
          throw TemplateError("error calling index: index out of range: \(position)")
        }
        value = values[position]
      default: throw TemplateError("error calling index: can't index item of this type")
      }
    }
    return value
  }

  private static func compare(_ name: String, _ arguments: [Value]) throws(TemplateError) -> Bool {
    let left = try argument(name, arguments, 0)
    let right = try argument(name, arguments, 1)
    let less: Bool
    switch (left, right) {
    case (.int(let left), .int(let right)): less = left < right
    case (.double(let left), .double(let right)): less = left < right
    case (.string(let left), .string(let right)): less = left < right
    default: throw TemplateError("error calling \(name): incompatible types for comparison")
    }
    switch name {
    case "lt": return less
    case "le": return less || left == right
    case "gt": return !less && left != right
    default: return !less
    }
  }

  /// `%s %v %d %q %t` and `%%`; other verbs are refused.
  private static func printf(_ arguments: [Value]) throws(TemplateError) -> String {
    let format = try text("printf", arguments, 0)
    var rest = arguments.dropFirst()
    var output = ""
    var isVerb = false
    for character in format {
      guard isVerb else {
        if character == "%" { isVerb = true } else { output.append(character) }
        continue
      }
      isVerb = false
      if character == "%" {
        output.append("%")
        continue
      }
      guard let value = rest.popFirst() else {
        output += "%!\(character)(MISSING)"
        continue
      }
      switch character {
      case "s", "v", "d", "t": output += value.goDescription
      case "q": output += GoQuote.quote(value.goDescription)
      default: throw TemplateError("printf: verb %\(character) is not supported")
      }
    }
    return output
  }
}
