import CLibSystemd
import Glibc

/// A message under construction or being read, sd_bus_message_append_basic(3) and its kin.
/// Only the calls that are not variadic can be imported.
struct BusMessage: ~Copyable {
  let raw: OpaquePointer

  /// Takes over one reference.
  init(owning raw: OpaquePointer) {
    self.raw = raw
  }

  deinit {
    sd_bus_message_unref(raw)
  }

  func append(_ text: String) throws(BusError) {
    try append("s", text)
  }

  func append(_ type: Character, _ text: String) throws(BusError) {
    if text.utf8.contains(0) { throw BusError(errno: EINVAL, text: "a string with a NUL") }
    try check(text.withCString { sd_bus_message_append_basic(raw, code(type), $0) })
  }

  /// Numbers by their D-Bus type: `i`, `u`, `t` and `b` (as Int32).
  func append<Number: FixedWidthInteger>(_ type: Character, _ number: Number) throws(BusError) {
    var number = number
    try check(sd_bus_message_append_basic(raw, code(type), &number))
  }

  func appendBytes(_ bytes: [UInt8]) throws(BusError) {
    try check(bytes.withUnsafeBytes { sd_bus_message_append_array(raw, code("y"), $0.baseAddress, $0.count) })
  }

  func container(
    _ type: Character, _ contents: String, _ body: () throws(BusError) -> Void
  ) throws(BusError) {
    try check(sd_bus_message_open_container(raw, code(type), contents))
    try body()
    try check(sd_bus_message_close_container(raw))
  }

  /// A string or object path; nil where the next value is something else.
  func readText(_ type: Character = "s") throws(BusError) -> String {
    var pointer: UnsafePointer<CChar>?
    try check(sd_bus_message_read_basic(raw, code(type), &pointer))
    return pointer.map { String(cString: $0) } ?? ""
  }

  func skip(_ types: String) throws(BusError) {
    try check(sd_bus_message_skip(raw, types))
  }

  func isSignal(_ interface: String, _ member: String) -> Bool {
    sd_bus_message_is_signal(raw, interface, member) > 0
  }

  func code(_ type: Character) -> CChar {
    CChar(bitPattern: type.asciiValue ?? 0)
  }

  func check(_ result: Int32) throws(BusError) {
    if result < 0 { throw BusError(errno: -result) }
  }
}

extension BusMessage {
  /// One entry of an `a(sv)`.
  func append(_ property: UnitProperty) throws(BusError) {
    try container("r", "sv") { () throws(BusError) in
      try append(property.name)
      try container("v", property.value.signature) { () throws(BusError) in try append(property.value) }
    }
  }

  private func append(_ value: UnitProperty.Value) throws(BusError) {
    switch value {
    case .string(let text): try append(text)
    case .bool(let flag): try append("b", Int32(flag ? 1 : 0))
    case .int32(let number): try append("i", number)
    case .uint32(let number): try append("u", number)
    case .uint64(let number): try append("t", number)
    case .strings(let texts): try append(texts)
    case .pairs(let pairs):
      try container("a", "(ss)") { () throws(BusError) in
        for pair in pairs {
          try container("r", "ss") { () throws(BusError) in
            try append(pair.first)
            try append(pair.second)
          }
        }
      }
    case .bytes(let bytes): try appendBytes(bytes)
    case .rates(let rates):
      try container("a", "(st)") { () throws(BusError) in
        for rate in rates {
          try container("r", "st") { () throws(BusError) in
            try append(rate.path)
            try append("t", rate.value)
          }
        }
      }
    case .byteStrings(let strings):
      try container("a", "ay") { () throws(BusError) in
        for bytes in strings { try appendBytes(bytes) }
      }
    case .commands(let commands):
      try container("a", "(sasb)") { () throws(BusError) in
        for command in commands {
          try container("r", "sasb") { () throws(BusError) in
            try append(command.path)
            try append(command.arguments)
            try append("b", Int32(command.ignoresFailure ? 1 : 0))
          }
        }
      }
    case .timers(let timers):
      try container("a", "(st)") { () throws(BusError) in
        for timer in timers {
          try container("r", "st") { () throws(BusError) in
            try append(timer.base)
            try append("t", timer.microseconds)
          }
        }
      }
    case .exitStatuses(let codes, let signals):
      try container("r", "aiai") { () throws(BusError) in
        for list in [codes, signals] {
          try container("a", "i") { () throws(BusError) in
            for number in list { try append("i", number) }
          }
        }
      }
    }
  }

  private func append(_ texts: [String]) throws(BusError) {
    try container("a", "s") { () throws(BusError) in
      for text in texts { try append(text) }
    }
  }
}

extension UnitProperty.Value {
  /// The D-Bus signature.
  package var signature: String {
    switch self {
    case .string: "s"
    case .bool: "b"
    case .int32: "i"
    case .uint32: "u"
    case .uint64: "t"
    case .strings: "as"
    case .pairs: "a(ss)"
    case .bytes: "ay"
    case .rates: "a(st)"
    case .byteStrings: "aay"
    case .commands: "a(sasb)"
    case .timers: "a(st)"
    case .exitStatuses: "(aiai)"
    }
  }
}
