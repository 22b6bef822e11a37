import WherryModel

/// The names of filters, of whatever is listed.
enum FilterNames {
  /// Throws `invalidArgument` for a filter that is not among `known`.
  static func check(_ values: [String: [String]], known: Set<String>) throws(WherryError) {
    for name in values.keys.sorted() where !known.contains(name) {
      throw WherryError(
        .invalidArgument, "invalid filter \(Printable.text(name).debugDescription)",
        hint: "filters are \(known.sorted().joined(separator: ", "))")
    }
  }
}
