import CLibSystemd
import Glibc

/// A property to ask for: `type` is `s` or a number's D-Bus type (`i`, `u`, `t`).
struct BusProperty {
  var interface: String
  var name: String
  var type: Character
}

enum BusValue: Equatable {
  case text(String)
  case number(UInt64)

  var text: String {
    guard case .text(let text) = self else { return "" }
    return text
  }

  var number: UInt64 {
    guard case .number(let number) = self else { return 0 }
    return number
  }
}

extension BusConnection {
  /// The values of an object's properties, in their order. All are asked for before the first is answered, so that
  /// there is one wait for systemd and not one for each.
  func values(_ path: String, _ properties: [BusProperty]) throws(BusError) -> [BusValue] {
    var waiting: [UInt64: Int] = [:]
    for (index, property) in properties.enumerated() {
      let call = try message(path, "org.freedesktop.DBus.Properties", "Get")
      try call.append(property.interface)
      try call.append(property.name)
      let cookie = try send(call)
      waiting[cookie] = index
    }
    var values = [BusValue](repeating: .text(""), count: properties.count)
    while !waiting.isEmpty {
      guard let answer = try nextMessage() else {
        try wait()
        continue
      }
      guard let cookie = answer.replyCookie, let index = waiting.removeValue(forKey: cookie) else { continue }
      try answer.requireSuccess()
      values[index] = try answer.readVariant(properties[index].type)
    }
    return values
  }
}

extension BusMessage {
  /// Of which call this is the answer; nil where it is none.
  var replyCookie: UInt64? {
    var cookie: UInt64 = 0
    return sd_bus_message_get_reply_cookie(raw, &cookie) >= 0 ? cookie : nil
  }

  func requireSuccess() throws(BusError) {
    guard let error = sd_bus_message_get_error(raw) else { return }
    throw BusError(
      errno: sd_bus_message_get_errno(raw), name: error.pointee.name.map { String(cString: $0) },
      text: error.pointee.message.map { String(cString: $0) })
  }

  /// A variant with a string or a number; negative ones by their two's complement.
  func readVariant(_ type: Character) throws(BusError) -> BusValue {
    try check(sd_bus_message_enter_container(raw, code("v"), String(type)))
    switch type {
    case "t": return .number(try readNumber(type, UInt64.self))
    case "u": return .number(UInt64(try readNumber(type, UInt32.self)))
    case "i": return .number(UInt64(UInt32(bitPattern: try readNumber(type, Int32.self))))
    default: return .text(try readText(type))
    }
  }

  private func readNumber<Number: FixedWidthInteger>(_ type: Character, _: Number.Type) throws(BusError)
    -> Number
  {
    var number: Number = 0
    try check(sd_bus_message_read_basic(raw, code(type), &number))
    return number
  }
}
