package import WherryModel

/// What a thing in the folder of damaged things was, told by its name there: `FORMER-PLACE.RANDOM`. Of a layer and of
/// what belongs to images there is one that is right by its digest; of everything else there is this one only.
package enum AsideOrigin: Sendable, Hashable {
  /// A file of a layer, which gave way to what the layer's list names.
  case replaced(Digest)
  /// A file that no list of the layer's names.
  case extra(Digest)
  /// A whole layer.
  case layer(Digest)
  case imageRecord(hex: String)
  case imageName(file: String)
  /// A container with what it had written: nobody can make it again, and which image it needs is not known.
  case container
  /// A volume, a network: nobody can make it again.
  case unknown

  private static let replacedPrefix = "replaced-"
  private static let extraPrefix = "extra-"

  /// What the name of a thing that is set aside begins with.
  var prefix: String {
    switch self {
    case .replaced(let layer): "\(Self.replacedPrefix)\(layer.hex)-"
    case .extra(let layer): "\(Self.extraPrefix)\(layer.hex)-"
    case .layer, .imageRecord, .imageName, .container, .unknown: ""
    }
  }

  /// Of an entry of the folder. Pure.
  package init(_ name: String) {
    func hex(after prefix: String, before end: String) -> String? {
      guard name.hasPrefix(prefix) else { return nil }
      let rest = name.dropFirst(prefix.count)
      let hex = String(rest.prefix(64))
      guard hex.utf8.count == 64, Hex.isLowercase(hex), rest.dropFirst(64).hasPrefix(end) else { return nil }
      return hex
    }
    func layer(_ prefix: String, _ end: String) -> Digest? {
      do { return try hex(after: prefix, before: end).map { try Digest("sha256:\($0)") } } catch {
        return nil
      }
    }
    if let id = layer(Self.replacedPrefix, "-") {
      self = .replaced(id)
    } else if let id = layer(Self.extraPrefix, "-") {
      self = .extra(id)
    } else if let id = layer("layers-", ".") {
      self = .layer(id)
    } else if let hex = hex(after: "records-", before: ".cbor.") {
      self = .imageRecord(hex: hex)
    } else if let file = hex(after: "names-", before: ".cbor.") {
      self = .imageName(file: file)
    } else if hex(after: "containers-", before: ".") != nil {
      self = .container
    } else {
      self = .unknown
    }
  }
}
