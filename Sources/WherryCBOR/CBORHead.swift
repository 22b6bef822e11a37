/// The head of an item: everything but the items inside it.
package enum CBORHead: Sendable {
  case unsigned(UInt64)
  /// The number -1 - value.
  case negative(UInt64)
  /// The content's length; it is known to lie within the data.
  case bytes(length: Int)
  case text(length: Int)
  /// Chunks follow, then `end`.
  case indefiniteBytes
  case indefiniteText
  case array(count: UInt64)
  case map(count: UInt64)
  /// Items follow, then `end`.
  case indefiniteArray
  case indefiniteMap
  /// One item follows, of the type the number says.
  case tag(UInt64)
  case bool(Bool)
  case null
  case undefined
  case simple(UInt8)
  case float(Double)
  case end

  var kind: CBORKind {
    switch self {
    case .unsigned: .unsigned
    case .negative: .negative
    case .bytes, .indefiniteBytes: .bytes
    case .text, .indefiniteText: .text
    case .array, .indefiniteArray: .array
    case .map, .indefiniteMap: .map
    case .tag: .tag
    case .bool: .bool
    case .null: .null
    case .undefined: .undefined
    case .simple: .simple
    case .float: .float
    case .end: .end
    }
  }
}
