import NIOHTTP1
import WherryModel

/// Where a list goes on (distribution-spec, "Listing Tags"; RFC 8288).
enum NextPage {
  /// Path and query of the link named `next`; nil at the end. Throws `protocolViolation` for one that leads to another
  /// host or out of `prefix`.
  static func target(
    _ headers: HTTPHeaders, from url: RegistryURL, within prefix: String
  ) throws(WherryError) -> String? {
    for value in headers["link"] {
      for link in value.split(separator: ",") {
        let parts = link.split(separator: ";", omittingEmptySubsequences: false)
        let reference = (parts.first ?? "").drop { $0 == " " }
        let isNext = parts.dropFirst().contains { part in
          let bare = part.filter { $0 != " " && $0 != "\"" }
          return bare.lowercased() == "rel=next"
        }
        guard isNext, reference.hasPrefix("<"), reference.contains(">") else { continue }
        let place = try url.following(String(reference.dropFirst().prefix { $0 != ">" }))
        guard place.origin == url.origin, place.target.hasPrefix(prefix) else {
          throw WherryError(.protocolViolation, "registry \(url.origin.name): its list goes on elsewhere")
        }
        return place.target
      }
    }
    return nil
  }
}
