import WherryModel

/// What templates look into and `inspect` prints: JSON, with the order of keys kept.
enum Value: Sendable, Equatable {
  case null
  case bool(Bool)
  case int(Int64)
  case double(Double)
  case string(String)
  case array([Value])
  case object([Field])

  struct Field: Sendable, Equatable {
    var key: String
    var value: Value
  }

  subscript(key: String) -> Value? {
    guard case .object(let fields) = self else { return nil }
    return fields.first { $0.key == key }?.value
  }

  /// Go's notion of an empty value.
  var isTrue: Bool {
    switch self {
    case .null: false
    case .bool(let value): value
    case .int(let value): value != 0
    case .double(let value): value != 0
    case .string(let value): !value.isEmpty
    case .array(let values): !values.isEmpty
    case .object(let fields): !fields.isEmpty
    }
  }
}

extension Value {
  static func unsigned(_ value: UInt64?) -> Value { .int(Int64(clamping: value ?? 0)) }
  static func time(_ value: Timestamp?) -> Value { .string(Calendar.rfc3339(value)) }
  static func strings(_ values: [String]) -> Value { .array(values.map(Value.string)) }
  /// Go marshals a nil slice as `null`.
  static func stringsOrNull(_ values: [String]?) -> Value { values.map(strings) ?? .null }
  /// Keys ascending, as Go marshals a map.
  static func map(_ values: [String: String]) -> Value {
    .object(values.sorted { $0.key < $1.key }.map { Field(key: $0.key, value: .string($0.value)) })
  }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
  init(stringLiteral value: String) { self = .string(value) }
  init(integerLiteral value: Int64) { self = .int(value) }
  init(booleanLiteral value: Bool) { self = .bool(value) }
  init(arrayLiteral elements: Value...) { self = .array(elements) }
  init(nilLiteral: ()) { self = .null }
  init(dictionaryLiteral elements: (String, Value)...) {
    self = .object(elements.map { Field(key: $0.0, value: $0.1) })
  }
}
