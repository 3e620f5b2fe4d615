// The tree of a log by golang.org/x/mod/sumdb/tlog: go run . <bundle directory> <size> <rounds>
//
// Prints, in seconds of processor time, the median of building the tree from its entries and of checking every entry against the
// tiles, all of it in memory; and the root, so that both sides are known to have done the same.
package main

import (
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

const width = 256

// stored keeps the hashes of a tree in the order tlog gives them.
type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		hashes[i] = s[index]
	}
	return hashes, nil
}

// tiles holds a bundle's tiles by their path in the C2SP layout.
type tiles map[string][]byte

func (t tiles) Height() int                     { return 8 }
func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(wanted))
	for i, tile := range wanted {
		data[i] = t[strings.Replace(tile.Path(), "tile/8/", "tile/", 1)]
	}
	return data, nil
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 4 {
		log.Fatal("usage: go run . <bundle directory> <size> <rounds>")
	}
	bundle, size, rounds := readAll(os.Args[1]), must(strconv.ParseInt(os.Args[2], 10, 64)), must(strconv.Atoi(os.Args[3]))
	var entries [][]byte
	for start := int64(0); start < size; start += width {
		tile := tlog.Tile{H: 8, L: 0, N: start / width, W: int(min(width, size-start))}
		data := bundle[strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)]
		for len(data) >= 2 {
			end := 2 + int(binary.BigEndian.Uint16(data))
			entries, data = append(entries, data[2:end]), data[end:]
		}
	}
	var root tlog.Hash
	built := median(rounds, func() { root = build(entries) })
	checked := median(rounds, func() { check(entries, tlog.Tree{N: size, Hash: root}, bundle) })
	fmt.Printf("%g %g %s\n", built.Seconds(), checked.Seconds(), root)
}

func build(entries [][]byte) tlog.Hash {
	var hashes stored
	for n, entry := range entries {
		hashes = append(hashes, must(tlog.StoredHashes(int64(n), entry, hashes))...)
	}
	return must(tlog.TreeHash(int64(len(entries)), hashes))
}

func check(entries [][]byte, tree tlog.Tree, bundle tiles) {
	reader := tlog.TileHashReader(tree, bundle)
	for start := 0; start < len(entries); start += width {
		part := entries[start:min(start+width, len(entries))]
		indexes := make([]int64, len(part))
		for i := range part {
			indexes[i] = tlog.StoredHashIndex(0, int64(start+i))
		}
		for i, leaf := range must(reader.ReadHashes(indexes)) {
			if tlog.RecordHash(part[i]) != leaf {
				log.Fatalf("entry %d is not the one its leaf commits to", start+i)
			}
		}
	}
}

func readAll(directory string) tiles {
	files := tiles{}
	err := filepath.WalkDir(filepath.Join(directory, "tile"), func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files[filepath.ToSlash(must(filepath.Rel(directory, path)))], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	return files
}

func median(rounds int, run func()) time.Duration {
	times := make([]time.Duration, rounds)
	for i := range times {
		started := processorTime()
		run()
		times[i] = processorTime() - started
	}
	slices.Sort(times)
	return times[rounds/2]
}

// processorTime is what this process has used, collecting garbage included.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		log.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
