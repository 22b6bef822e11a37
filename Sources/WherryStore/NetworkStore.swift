package import WherryModel

/// Networks' records: `networks/NAME.cbor`. The engine knows what a record means.
package struct NetworkStore: Sendable {
  let folder: RecordFolder
  let report: @Sendable (Damage) -> Void

  init(state: StateDirectory, quarantine: Quarantine, report: @escaping @Sendable (Damage) -> Void) {
    folder = RecordFolder(path: state.networks, quarantine: quarantine)
    self.report = report
  }

  /// Durable when it returns.
  package func write(_ name: String, _ payload: [UInt8]) throws(WherryError) {
    try folder.write(name, payload)
  }

  /// Durable when it returns. Does nothing where it is not there.
  package func remove(_ name: String) throws(WherryError) { try folder.remove(name) }

  /// Every record that is whole; a damaged one is set aside and told to `report`.
  package func all<Value>(
    _ decode: (_ name: String, [UInt8]) throws(WherryError) -> Value
  ) throws(WherryError) -> [Value] {
    try folder.all(report: report, decode)
  }
}
