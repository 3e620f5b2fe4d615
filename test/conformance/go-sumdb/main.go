// Checks a Sallyport bundle with nothing of Sallyport's: go run . <verifier key> <bundle directory>
//
// The signature is opened by golang.org/x/mod/sumdb/note; tiles, entries and proofs are checked by sumdb/tlog, which
// trusts no tile before it has hashed it up to the signed root.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const width = 256

// dir reads tiles from the C2SP layout, which leaves out Go's tile height.
type dir string

func (d dir) Height() int                      { return 8 }
func (d dir) SaveTiles([]tlog.Tile, [][]byte)  {}
func (d dir) read(path string) ([]byte, error) { return os.ReadFile(filepath.Join(string(d), path)) }
func (d dir) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		var err error
		if data[i], err = d.read(strings.Replace(tile.Path(), "tile/8/", "tile/", 1)); err != nil {
			return nil, err
		}
	}
	return data, nil
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: go run . <verifier key> <bundle directory>")
	}
	bundle := dir(os.Args[2])
	verifier := must(note.NewVerifier(os.Args[1]))
	signed := must(note.Open(must(bundle.read("checkpoint")), note.VerifierList(verifier)))
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		log.Fatalf("not a checkpoint of %s", verifier.Name())
	}
	size := must(strconv.ParseInt(lines[1], 10, 64))
	var root tlog.Hash
	if copy(root[:], must(base64.StdEncoding.DecodeString(lines[2]))) != tlog.HashSize {
		log.Fatal("short root")
	}
	hashes := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, bundle)

	for start := int64(0); start < size; start += width {
		entries := readEntries(bundle, start, min(width, size-start))
		indexes := make([]int64, len(entries))
		for i := range entries {
			indexes[i] = tlog.StoredHashIndex(0, start+int64(i))
		}
		for i, leaf := range must(hashes.ReadHashes(indexes)) {
			if tlog.RecordHash(entries[i]) != leaf {
				log.Fatalf("entry %d is not the one its leaf commits to", start+int64(i))
			}
		}
	}
	for _, n := range []int64{1, size/2 + 1, size} {
		leaf := must(hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, n-1)}))[0]
		check(tlog.CheckRecord(must(tlog.ProveRecord(size, n-1, hashes)), size, root, n-1, leaf))
		earlier := must(tlog.TreeHash(n, hashes))
		check(tlog.CheckTree(must(tlog.ProveTree(size, n, hashes)), size, root, n, earlier))
	}
	fmt.Printf("ok: %d entries of %s\n", size, lines[0])
}

func readEntries(bundle dir, start, count int64) [][]byte {
	tile := tlog.Tile{H: 8, L: 0, N: start / width, W: int(count)}
	data := must(bundle.read(strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)))
	var entries [][]byte
	for len(data) >= 2 {
		end := 2 + int(binary.BigEndian.Uint16(data))
		if end > len(data) {
			log.Fatalf("entries from %d on: cut off", start)
		}
		entries, data = append(entries, data[2:end]), data[end:]
	}
	if int64(len(entries)) != count || len(data) != 0 {
		log.Fatalf("entries from %d on: %d instead of %d", start, len(entries), count)
	}
	return entries
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
