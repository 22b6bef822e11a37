import WherryWire

/// A line of `image referrers`.
struct ReferrerRow {
  static let standard = "{{.ID}}\t{{.ArtifactType}}\t{{.Size}}"
  static let headers: Value = [
    "Annotations": "ANNOTATIONS", "ArtifactType": "ARTIFACT TYPE", "Digest": "DIGEST", "ID": "DIGEST",
    "MediaType": "MEDIA TYPE", "Size": "SIZE",
  ]

  var referrer: Referrer
  var truncates = true
  var terminal = false

  /// Keys ascending, as `{{json .}}` prints them.
  var value: Value {
    let annotations = (referrer.annotations ?? [:]).sorted { $0.key < $1.key }
      .map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    return [
      "Annotations": text(annotations),
      "ArtifactType": text(referrer.artifactType ?? "<none>"),
      "Digest": text(referrer.digest),
      "ID": text(truncates ? Ellipsis.shortID(referrer.digest) : referrer.digest),
      "MediaType": text(referrer.mediaType),
      "Size": .string(Human.size(referrer.size, digits: 3)),
    ]
  }

  private func text(_ text: String) -> Value { .string(Sanitise.metadata(text, terminal: terminal)) }
}
