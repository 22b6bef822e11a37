import WherryModel
import WherryWire

/// A line of `images`: one for each name of an image.
struct ImageRow {
  static let standard =
    "{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{if .CreatedSince}}{{.CreatedSince}}{{else}}N/A{{end}}\t{{.Size}}"
  static let withDigests =
    "{{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{if .CreatedSince}}{{.CreatedSince}}{{else}}N/A{{end}}\t{{.Size}}"

  static let headers: Value = [
    "Containers": "CONTAINERS", "CreatedAt": "CREATED AT", "CreatedSince": "CREATED", "Digest": "DIGEST",
    "ID": "IMAGE ID", "Repository": "REPOSITORY", "SharedSize": "SHARED SIZE", "Size": "SIZE", "Tag": "TAG",
    "UniqueSize": "UNIQUE SIZE", "VirtualSize": "SIZE",
  ]

  var repository: String
  var tag: String
  var digest: String
  var summary: ImageSummary
  var now: Timestamp
  var truncates = true
  var terminal = false

  /// The rows of one image: its tags, else its digests, else `<none>`.
  static func rows(_ summary: ImageSummary, now: Timestamp, truncates: Bool, terminal: Bool) -> [ImageRow] {
    func row(_ repository: String, _ tag: String, _ digest: String) -> ImageRow {
      ImageRow(
        repository: repository, tag: tag, digest: digest, summary: summary, now: now, truncates: truncates,
        terminal: terminal)
    }
    let digests = summary.digests.map { ReferenceName($0) }
    let tagged = summary.references.map { reference in
      let name = ReferenceName(reference)
      let digest = digests.first { $0.repository == name.repository }?.digest
      return row(name.repository, name.tag ?? "<none>", digest ?? name.digest ?? "<none>")
    }
    if !tagged.isEmpty { return tagged }
    if !digests.isEmpty { return digests.map { row($0.repository, "<none>", $0.digest ?? "<none>") } }
    return [row("<none>", "<none>", "<none>")]
  }

  /// Keys ascending, as Docker's `{{json .}}` prints them.
  var value: Value {
    let created = summary.created.nanoseconds > 0
    return [
      "Containers": .string(String(summary.containers)),
      "CreatedAt": .string(created ? Calendar.local(summary.created) : ""),
      "CreatedSince": .string(created ? ContainerRow.age(summary.created, now) + " ago" : ""),
      "Digest": text(digest),
      "ID": .string(truncates ? Ellipsis.shortID(summary.id) : summary.id),
      "Repository": text(repository),
      "SharedSize": "N/A",
      "Size": .string(Human.size(summary.size, digits: 3)),
      "Tag": text(tag),
      "UniqueSize": "N/A",
      "VirtualSize": .string(Human.size(summary.size, digits: 3)),
    ]
  }

  private func text(_ text: String) -> Value { .string(Sanitise.metadata(text, terminal: terminal)) }
}

/// A reference cut into what the table shows; the Docker Hub parts of it left out.
struct ReferenceName {
  var repository: String
  var tag: String?
  var digest: String?

  init(_ text: String) {
    let halves = text.split(separator: "@", maxSplits: 1).map(String.init)
    var name = halves.first ?? text
    digest = halves.count == 2 ? halves[1] : nil
    if let colon = name.lastIndex(of: ":"), !name[colon...].contains("/") {
      tag = String(name[name.index(after: colon)...])
      name = String(name[..<colon])
    }
    repository = Self.familiar(name)
  }

  /// distribution/reference's `FamiliarName`.
  static func familiar(_ name: String) -> String {
    for prefix in ["docker.io/library/", "docker.io/"] where name.hasPrefix(prefix) {
      let rest = String(name.dropFirst(prefix.count))
      // `docker.io/library/a/b` keeps its `library/`.
      if prefix == "docker.io/" || !rest.contains("/") { return rest }
    }
    return name
  }
}
