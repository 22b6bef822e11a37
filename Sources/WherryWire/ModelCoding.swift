package import WherryCBOR
package import WherryModel

// How the schema's rules look whose types are written by hand in WherryModel.

/// `timestamp`
extension Timestamp: CBORDecodable, CBOREncodable {
  package init(from reader: inout CBORReader) throws(CBORError) {
    self.init(nanoseconds: try reader.readUInt())
  }

  package func encode(to writer: inout CBORWriter) {
    writer.writeUInt(nanoseconds)
  }
}

/// `error-code`
extension WherryError.Code: NamedNumber {}
