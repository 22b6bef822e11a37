import WherryWire

/// Volumes, with Docker's names for columns and fields.
enum VolumeView {
  static let standard = "{{.Driver}}\t{{.Name}}"
  static let headers: Value = [
    "Availability": "AVAILABILITY", "Driver": "DRIVER", "Group": "GROUP", "Labels": "LABELS",
    "Links": "LINKS", "Mountpoint": "MOUNTPOINT", "Name": "VOLUME NAME", "Scope": "SCOPE", "Size": "SIZE",
    "Status": "STATUS",
  ]

  /// Keys ascending, as Docker's `{{json .}}` prints them.
  static func row(
    _ volume: VolumeDetail, terminal: Bool, links: UInt64? = nil, size: UInt64? = nil
  ) -> Value {
    func text(_ text: String) -> Value { .string(Sanitise.metadata(text, terminal: terminal)) }
    let labels = (volume.labels ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    return [
      "Availability": "N/A", "Driver": text(volume.driver), "Group": "N/A",
      "Labels": text(labels.joined(separator: ",")), "Links": .string(links.map { "\($0)" } ?? "N/A"),
      "Mountpoint": text(volume.mountpoint), "Name": text(volume.name),
      "Scope": text(volume.scope ?? "local"),
      "Size": .string(size.map { Human.size($0) } ?? "N/A"), "Status": "N/A",
    ]
  }

  /// As `docker volume inspect`, and what Wherry adds.
  static func inspect(_ volume: VolumeDetail) -> Value {
    var value: Value = [
      "CreatedAt": .time(volume.created), "Driver": .string(volume.driver),
      "Labels": volume.labels.map(Value.map) ?? .null, "Mountpoint": .string(volume.mountpoint),
      "Name": .string(volume.name), "Options": volume.options.map { Value.map(hidingSecrets($0)) } ?? .null,
      "Scope": .string(volume.scope ?? "local"),
    ]
    if let status = volume.status { value.append("Status", .map(status)) }
    if let origin = volume.snapshotOf { value.append("SnapshotOf", .string(origin)) }
    return value
  }

  /// A password of CIFS is not shown (B10).
  private static func hidingSecrets(_ options: [String: String]) -> [String: String] {
    options.mapValues { value in
      guard value.contains("pass") else { return value }
      return value.split(separator: ",", omittingEmptySubsequences: false).map { part in
        part.hasPrefix("password=") || part.hasPrefix("pass=") ? "password=…" : String(part)
      }.joined(separator: ",")
    }
  }
}
