package import WherryModel
import WherryOCI

/// The filters of `images`: dangling, label, reference, before, since, pinned.
package struct ImageFilters: Sendable {
  static let known: Set<String> = ["dangling", "label", "reference", "before", "since", "pinned"]

  let values: [String: [String]]
  let dangling: Bool?
  let pinned: Bool?

  /// Throws `invalidArgument`.
  package init(_ values: [String: [String]]) throws(WherryError) {
    try FilterNames.check(values, known: Self.known)
    self.values = values
    dangling = try Self.flag("dangling", values)
    pinned = try Self.flag("pinned", values)
  }

  private static func flag(_ name: String, _ values: [String: [String]]) throws(WherryError) -> Bool? {
    switch values[name]?.last {
    case nil: nil
    case "true", "1": true
    case "false", "0": false
    case .some(let other):
      throw WherryError(
        .invalidArgument, "invalid filter \(name)=\(Printable.text(other))", hint: "write true or false")
    }
  }

  /// By `reference` an image keeps the names that fit only, as Docker lists it.
  package func apply(to images: [Image]) throws(WherryError) -> [Image] {
    var result = images
    if let pinned { result = result.filter { $0.isPinned == pinned } }
    if let dangling { result = result.filter { $0.references.isEmpty == dangling } }
    for label in values["label"] ?? [] {
      result = result.filter { ContainerFilters.hasLabel($0.configuration.config.labels, label) }
    }
    if let patterns = values["reference"], !patterns.isEmpty {
      result = result.compactMap { image in
        var image = image
        image.references.removeAll { name in !patterns.contains { Self.matches(name, $0) } }
        let kept = Set(image.references.map(\.name))
        image.digests.removeAll { name in
          !kept.contains(name.name) && !patterns.contains { Self.matches(name, $0) }
        }
        return image.names.isEmpty ? nil : image
      }
    }
    for text in values["before"] ?? [] {
      guard let pivot = try ImageLookup.find(text, in: images)?.image else {
        throw ImageLookup.notFound(text)
      }
      result = result.filter { $0.created < pivot.created }
    }
    for text in values["since"] ?? [] {
      guard let pivot = try ImageLookup.find(text, in: images)?.image else {
        throw ImageLookup.notFound(text)
      }
      result = result.filter { $0.created > pivot.created }
    }
    return result
  }

  /// `*` and `?` do not match `/`, as in Go's path.Match.
  static func matches(_ name: Reference, _ pattern: String) -> Bool {
    [name.familiar, name.familiarName, name.description, name.name].contains {
      glob(Array($0.utf8), Array(pattern.utf8))
    }
  }

  private static func glob(_ text: [UInt8], _ pattern: [UInt8]) -> Bool {
    var position = 0
    var index = 0
    var star: (index: Int, position: Int)?
    while position < text.count {
      if index < pattern.count, pattern[index] == UInt8(ascii: "*") {
        star = (index, position)
        index += 1
      } else if index < pattern.count,
        pattern[index] == text[position]
          || (pattern[index] == UInt8(ascii: "?") && text[position] != UInt8(ascii: "/"))
      {
        index += 1
        position += 1
      } else if let last = star, text[last.position] != UInt8(ascii: "/") {
        star = (last.index, last.position + 1)
        index = last.index + 1
        position = last.position + 1
      } else {
        return false
      }
    }
    return pattern[index...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
