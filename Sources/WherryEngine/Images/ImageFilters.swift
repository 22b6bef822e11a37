package import WherryModel
import WherryOCI

/// The filters of `images`: dangling, label, reference, before, since.
package struct ImageFilters: Sendable {
  static let known: Set<String> = ["dangling", "label", "reference", "before", "since"]

  let values: [String: [String]]
  let dangling: Bool?

  /// Throws `invalidArgument`.
  package init(_ values: [String: [String]]) throws(WherryError) {
    try FilterNames.check(values, known: Self.known)
    self.values = values
    switch values["dangling"]?.last {
    case nil: dangling = nil
    case "true", "1": dangling = true
    case "false", "0": dangling = false
    case .some(let other):
      throw WherryError(
        .invalidArgument, "invalid filter dangling=\(Printable.text(other))", hint: "write true or false")
    }
  }

  package func apply(to images: [Image]) throws(WherryError) -> [Image] {
    var result = images
    if let dangling { result = result.filter { $0.references.isEmpty == dangling } }
    for label in values["label"] ?? [] {
      result = result.filter { ContainerFilters.hasLabel($0.configuration.config.labels, label) }
    }
    if let patterns = values["reference"], !patterns.isEmpty {
      result = result.filter { image in
        image.names.contains { name in patterns.contains { Self.matches(name, $0) } }
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
