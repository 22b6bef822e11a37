/// A schema, as far as code is generated from it.
struct Schema: Equatable {
  var rules: [Rule] = []
  var methods: [Method] = []

  func rule(_ name: String) -> Rule? { rules.first { $0.name == name } }
}

struct Rule: Equatable {
  enum Body: Equatable {
    case map([Field])
    case enumeration([Case])
    case alias(TypeReference)
    /// A frame of the protocol: an array, or a choice of such. Coded by hand.
    case frame
  }

  var name: String
  var body: Body
  /// The comment lines that stand directly above it.
  var documentation: [String] = []
  /// The part of the schema it stands in; nil before the first.
  var section: String?
  var line: Int
}

struct Field: Equatable {
  var key: UInt64
  var isOptional: Bool
  var type: TypeReference
  var name: String
  var documentation: String
  var line: Int
}

struct Case: Equatable {
  var name: String
  var value: UInt64
}

indirect enum TypeReference: Equatable {
  /// A type of CDDL's prelude or a rule.
  case name(String)
  /// `[* T]`, or with a minimum of one `[+ T]`.
  case array(TypeReference, minimum: Int)
  /// `{* tstr => T}`
  case table(TypeReference)

  /// The name at its heart.
  var leaf: String {
    switch self {
    case .name(let name): name
    case .array(let element, _): element.leaf
    case .table(let value): value.leaf
    }
  }
}

/// A line `; @method NUMBER NAME ROLE [input=RULE] [output=RULE]`.
struct Method: Equatable {
  var number: UInt64
  var name: String
  var role: String
  var input: String?
  var output: String?
  var documentation: [String] = []
  var line: Int

  var paramsRule: String { "\(name)-params" }
  var resultRule: String { "\(name)-result" }
}
