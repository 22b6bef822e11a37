import Testing
import WherryModel

@testable import WherryStore

struct AsideOriginTests {
  private static let hex = String(repeating: "a1", count: 32)
  private static let id = try? Digest("sha256:\(hex)")

  @Test(
    arguments: [
      ("replaced-\(hex)-bin-sh.x1", id.map { AsideOrigin.replaced($0) }),
      ("extra-\(hex)-tmp-x.x1", id.map { .extra($0) }),
      ("layers-\(hex).x1", id.map { .layer($0) }),
      ("records-\(hex).cbor.x1", .imageRecord(hex: hex)),
      ("names-\(hex).cbor.x1", .imageName(file: hex)),
      ("containers-\(hex).x1", .container),
      // A file of a layer that an older Wherry set aside.
      ("bin-sh.x1", .unknown),
      ("layers-\(hex)", .unknown),
      ("layers-\(hex.uppercased()).x1", .unknown),
      ("replaced-\(hex.dropLast())-x.x1", .unknown),
      ("networks-web.cbor.x1", .unknown),
      ("", .unknown),
    ] as [(String, AsideOrigin?)])
  func itsNameTellsWhatAThingWas(_ name: String, _ origin: AsideOrigin?) {
    #expect(AsideOrigin(name) == origin)
  }
}
