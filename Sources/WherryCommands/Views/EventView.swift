import WherryModel
import WherryWire

/// A line of `events`, with Docker's names for its fields.
struct EventView {
  var event: Event
  var terminal = false

  /// `TIME TYPE ACTION ID (key=value, …)`
  var text: String {
    var line = "\(Calendar.fixedWidth(event.time)) \(event.type) \(event.action) \(event.id)"
    if !event.attributes.isEmpty {
      let pairs = event.attributes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      line += " (\(pairs.joined(separator: ", ")))"
    }
    return Sanitise.metadata(line, terminal: terminal)
  }

  /// Docker's `events.Message`, the fields of old clients included.
  var value: Value {
    let from = event.attributes["image"] ?? ""
    return [
      "status": .string(event.action), "id": .string(event.id), "from": .string(from),
      "Type": .string(event.type),
      "Action": .string(event.action),
      "Actor": ["ID": .string(event.id), "Attributes": .map(event.attributes)], "scope": "local",
      "time": .unsigned(event.time.nanoseconds / 1_000_000_000),
      "timeNano": .unsigned(event.time.nanoseconds),
    ]
  }

  /// What a template sees: Go's field names.
  var fields: Value {
    guard case .object(let own) = value else { return value }
    return .object(
      own + [
        .init(key: "Status", value: .string(event.action)), .init(key: "ID", value: .string(event.id)),
        .init(key: "From", value: .string(event.attributes["image"] ?? "")),
        .init(key: "Scope", value: "local"),
        .init(key: "Time", value: .unsigned(event.time.nanoseconds / 1_000_000_000)),
        .init(key: "TimeNano", value: .unsigned(event.time.nanoseconds)),
      ])
  }
}
