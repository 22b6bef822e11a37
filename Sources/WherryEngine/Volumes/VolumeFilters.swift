package import WherryModel
import WherryWire

/// The filters of `volume ls` and `volume prune`. Values of one key are alternatives but for labels, keys must all match.
package struct VolumeFilters: Sendable, Equatable {
  private static let booleans = ["true": true, "1": true, "false": false, "0": false]
  private let values: [String: [String]]
  private let dangling: Bool?

  /// Throws `invalidArgument` for an unknown filter or value.
  package init(_ values: [String: [String]], prunes: Bool = false) throws(WherryError) {
    try FilterNames.check(
      values, known: prunes ? ["label", "label!"] : ["dangling", "driver", "label", "label!", "name"])
    self.values = values.filter { !$0.value.isEmpty }
    var wanted: Set<Bool> = []
    for text in values["dangling"] ?? [] {
      guard let value = Self.booleans[text.lowercased()] else {
        throw WherryError(
          .invalidArgument, "invalid filter dangling=\(Printable.text(text))", hint: "it is true or false")
      }
      wanted.insert(value)
    }
    dangling = wanted.count == 1 ? wanted.first : nil
  }

  package func matches(_ record: VolumeRecord, isUsed: Bool) -> Bool {
    let labels = record.labels ?? [:]
    if let dangling, dangling == isUsed { return false }
    return any("driver") { record.driver == $0 } && any("name") { record.name.contains($0) }
      && (values["label"] ?? []).allSatisfy { ContainerFilters.hasLabel(labels, $0) }
      && !(values["label!"] ?? []).contains { ContainerFilters.hasLabel(labels, $0) }
  }

  private func any(_ key: String, _ test: (String) -> Bool) -> Bool {
    values[key].map { $0.contains(where: test) } ?? true
  }
}
