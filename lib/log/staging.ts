import { parseTilePath, type TileData, tilePath } from './tile.ts'

/** The tiles of one step as one blob: for each its path behind a uint16 length, its bytes behind a uint32 length. */
export function encodeStaging(tiles: readonly TileData[]): Uint8Array {
  return Buffer.concat(
    tiles.flatMap(({ tile, bytes }) => {
      const path = Buffer.from(tilePath(tile))
      const lengths = Buffer.alloc(6)
      lengths.writeUInt16BE(path.length)
      lengths.writeUInt32BE(bytes.length, 2)
      return [lengths, path, bytes]
    }),
  )
}

/** `undefined` where the blob is not a whole number of tiles. */
export function decodeStaging(blob: Uint8Array): TileData[] | undefined {
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength)
  const tiles: TileData[] = []
  for (let at = 0; at < bytes.length; ) {
    if (at + 6 > bytes.length) return undefined
    const pathEnd = at + 6 + bytes.readUInt16BE(at)
    const end = pathEnd + bytes.readUInt32BE(at + 2)
    if (end > bytes.length) return undefined
    const tile = parseTilePath(bytes.toString('utf8', at + 6, pathEnd))
    if (tile === undefined) return undefined
    tiles.push({ tile, bytes: bytes.subarray(pathEnd, end) })
    at = end
  }
  return tiles
}
