package import WherryModel
import WherryOCI

/// Other places to fetch images of one registry, or of a part of it, from.
package struct MirrorRule: Sendable, Equatable {
  /// `docker.io`, `registry.example:5000/team`: what names begin with, up to a slash.
  package var prefix: String
  /// `[http://|https://]HOST[:PORT][/PATH]`, tried in this order before the registry itself; the rest of the name is
  /// added.
  package var locations: [String]

  package static let maximumLocations = 8

  /// Throws `invalidArgument`.
  package init(prefix: String, locations: [String]) throws(WherryError) {
    let bare = prefix.hasSuffix("/") ? String(prefix.dropLast()) : prefix
    guard RegistryURL.authority(bare.prefix { $0 != "/" }) != nil, bare.utf8.count <= 255 else {
      throw WherryError(
        .invalidArgument,
        "registry-mirrors: \(String(bare.prefix(80)).debugDescription) is no registry's name",
        hint: "such as docker.io or registry.example:5000/team")
    }
    guard locations.count <= Self.maximumLocations else {
      throw WherryError(
        .invalidArgument, "registry-mirrors: \(bare) has more than \(Self.maximumLocations) mirrors")
    }
    self.prefix = bare
    self.locations = locations
    for location in locations { _ = try Self.place(location, "x/y") }
  }

  struct Place: Sendable, Hashable {
    var domain: String
    var repository: String
    var isInsecure = false
  }

  /// Where `reference` is looked for: at the mirrors of the longest prefix that fits, then at its registry.
  static func places(of reference: Reference, _ rules: [MirrorRule]) throws(WherryError) -> [Place] {
    let own = Place(domain: reference.domain, repository: reference.path)
    var best: (rule: MirrorRule, rest: Substring)?
    for rule in rules {
      guard reference.name == rule.prefix || reference.name.hasPrefix(rule.prefix + "/"),
        rule.prefix.utf8.count > best?.rule.prefix.utf8.count ?? -1
      else { continue }
      best = (rule, reference.name.dropFirst(rule.prefix.count + 1))
    }
    var found: [Place] = []
    for location in best?.rule.locations ?? [] {
      found.append(try place(location, best?.rest ?? ""))
    }
    return found + [own]
  }

  private static func place(_ location: String, _ rest: Substring) throws(WherryError) -> Place {
    var text = location[...]
    var isInsecure = false
    if text.hasPrefix("http://") {
      isInsecure = true
      text = text.dropFirst(7)
    } else if text.hasPrefix("https://") {
      text = text.dropFirst(8)
    }
    if text.hasSuffix("/") { text = text.dropLast() }
    let domain = text.prefix { $0 != "/" }
    let path = text.dropFirst(domain.count + 1)
    let repository = [path, rest].filter { !$0.isEmpty }.joined(separator: "/")
    do throws(WherryError) {
      guard RegistryURL.authority(domain) != nil else {
        throw WherryError(.invalidArgument, "it has no host")
      }
      // The grammar of names, so that nothing else gets into a URL.
      return Place(
        domain: String(domain), repository: try Reference("localhost/\(repository)").path,
        isInsecure: isInsecure)
    } catch {
      throw WherryError(
        .invalidArgument,
        "registry-mirrors: \(String(location.prefix(80)).debugDescription) cannot be a mirror: \(error.message)",
        hint: "write [http://]HOST[:PORT][/PATH]")
    }
  }
}
