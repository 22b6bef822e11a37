import WherryLinux
import WherryModel

/// A folder of `NAME.cbor` records of one kind.
struct RecordFolder: Sendable {
  let path: String
  let quarantine: Quarantine

  func file(_ name: String) -> String { "\(path)/\(name).cbor" }

  func write(_ name: String, _ payload: [UInt8]) throws(WherryError) {
    try quarantine.moving { () throws(WherryError) in try RecordFile.write(payload, to: file(name)) }
  }

  /// The decoded record; nil where there is none. A damaged one is set aside, told to `report`, and then
  /// is not there.
  func read<Value>(
    _ name: String, report: (Damage) -> Void, _ decode: ([UInt8]) throws(WherryError) -> Value
  ) throws(WherryError) -> Value? {
    let path = file(name)
    return try quarantine.reading(path, report: report) { () throws(WherryError) -> Value? in
      guard let payload = try RecordFile.read(path) else { return nil }
      return try decode(payload)
    }
  }

  /// Every record that can be read. One that cannot is told to `report` and stops nothing: set aside where it is
  /// damaged, left where it is where a newer Wherry wrote it.
  func all<Value>(
    report: (Damage) -> Void, _ decode: (_ name: String, [UInt8]) throws(WherryError) -> Value
  ) throws(WherryError) -> [Value] {
    var found: [Value] = []
    for name in try names() {
      do throws(WherryError) {
        let value = try read(name, report: report) { (payload) throws(WherryError) in
          try decode(name, payload)
        }
        if let value { found.append(value) }
      } catch {
        report(Damage(path: file(name), reason: error, movedTo: nil))
      }
    }
    return found
  }

  /// True when it was there.
  @discardableResult
  func remove(_ name: String) throws(WherryError) -> Bool {
    try WherryError.converting { () throws(SystemError) in try DurableFile.remove(file(name)) }
  }

  func names() throws(WherryError) -> [String] {
    let entries = try WherryError.converting { () throws(SystemError) in try Files.list(path) }
    return entries.filter { $0.hasSuffix(".cbor") && !$0.hasPrefix(".") }.map { String($0.dropLast(5)) }
  }
}
