import WherryModel
import WherryWire

/// `--log-opt tag=`: text with the variables of Docker's template that a container has.
enum LogTag {
  static let maximum = 256

  static func validate(_ template: String) throws(WherryError) {
    _ = try expand(template) { name in variables.contains(name) ? "" : nil }
  }

  static func expand(_ template: String, _ record: ContainerRecord) throws(WherryError) -> String {
    let image = record.imageID.split(separator: ":").last.map(String.init) ?? record.imageID
    let values = [
      "ID": String(record.id.prefix(12)), "FullID": record.id, "Name": record.name, "ImageName": record.image,
      "ImageID": String(image.prefix(12)), "ImageFullID": record.imageID, "DaemonName": "wherry",
    ]
    let text = try expand(template) { values[$0] }
    // A slash at this place is the mark of the unit's helpers, whose messages are no output.
    return String(text.replacing("wherry/", with: "wherry-").prefix(maximum))
  }

  private static let variables: Set<String> = [
    "ID", "FullID", "Name", "ImageName", "ImageID", "ImageFullID", "DaemonName",
  ]

  private static func expand(
    _ template: String, _ value: (String) -> String?
  ) throws(WherryError) -> String {
    var result = ""
    var rest = template[...]
    while let open = rest.firstRange(of: "{{") {
      result += rest[..<open.lowerBound]
      rest = rest[open.upperBound...]
      let close = rest.firstRange(of: "}}")
      let inner = close.map { rest[..<$0.lowerBound].filter { $0 != " " } } ?? ""
      guard let close, inner.hasPrefix("."), let found = value(String(inner.dropFirst())) else {
        throw SpecValidation.invalid(
          "--log-opt tag: \(Printable.text(template)): only simple variables can stand in {{ }}",
          hint: variables.sorted().map { "{{.\($0)}}" }.joined(separator: " "))
      }
      result += found
      rest = rest[close.upperBound...]
    }
    return result + rest
  }
}
