package simulator

import "math"

// Cells are stored by column in chunks that exist only once a value was set in them: a table of a
// million rows and a hundred columns then costs what its values cost.
const (
	chunkBits = 10
	chunkSize = 1 << chunkBits
	chunkMask = chunkSize - 1
)

// noNumber marks an empty numeric cell. Doubles never hold -0, whose bits it would be.
const noNumber = math.MinInt64

// nullNumber marks a cell that null was written to: unlike an empty one it does not read as the
// column's default. A choice, a boolean or any other column can be cleared so.
const nullNumber = math.MinInt64 + 1

// likeMark marks a cell whose number is one of the three marks; it is kept in chunkedCells.marks.
// Only big integers reach them.
const likeMark = math.MinInt64 + 2

type reference struct {
	id  guid
	ref uint8
}

type chunkedCells struct {
	texts [][]string
	nums  [][]int64
	refs  [][]reference
	marks map[uint32]int64 // by row, see likeMark
}

func chunkAt[T any](chunks [][]T, row uint32) []T {
	i := int(row >> chunkBits)
	if i >= len(chunks) {
		return nil
	}
	return chunks[i]
}

// chunkFor gives the chunk of the row, made and filled with empty when it was missing.
func chunkFor[T any](chunks *[][]T, row uint32, empty T, fill bool) []T {
	i := int(row >> chunkBits)
	for len(*chunks) <= i {
		*chunks = append(*chunks, nil)
	}
	if (*chunks)[i] == nil {
		chunk := make([]T, chunkSize)
		for j := 0; fill && j < chunkSize; j++ {
			chunk[j] = empty
		}
		(*chunks)[i] = chunk
	}
	return (*chunks)[i]
}

// stored gives the cell as it was written; column.get adds defaults and computed columns.
func (c *attribute) stored(row uint32) cell {
	switch {
	case c.kind.isText():
		if chunk := chunkAt(c.cells.texts, row); chunk != nil {
			return textValue(chunk[row&chunkMask])
		}
	case c.kind.isGUID():
		if chunk := chunkAt(c.cells.refs, row); chunk != nil && chunk[row&chunkMask].ref != 0 {
			r := chunk[row&chunkMask]
			return cell{set: true, ref: r.ref, id: r.id}
		}
	default:
		if chunk := chunkAt(c.cells.nums, row); chunk != nil {
			switch n := chunk[row&chunkMask]; n {
			case noNumber:
			case nullNumber:
				return cell{null: true}
			case likeMark:
				return numValue(c.cells.marks[row])
			default:
				return numValue(n)
			}
		}
	}
	return cell{}
}

func (c *attribute) put(row uint32, v cell) {
	switch {
	case c.kind.isText():
		c.putText(row, v.text)
	case c.kind.isGUID():
		if v.set || chunkAt(c.cells.refs, row) != nil {
			chunkFor(&c.cells.refs, row, reference{}, false)[row&chunkMask] = reference{id: v.id, ref: v.ref}
		}
	case v.set:
		chunkFor(&c.cells.nums, row, noNumber, true)[row&chunkMask] = c.cells.marked(row, v.num)
	case v.null && c.fallback != nil:
		chunkFor(&c.cells.nums, row, noNumber, true)[row&chunkMask] = nullNumber
	default:
		if chunk := chunkAt(c.cells.nums, row); chunk != nil {
			chunk[row&chunkMask] = noNumber
		}
	}
}

func (c *attribute) putText(row uint32, text string) {
	if text == "" && chunkAt(c.cells.texts, row) == nil {
		return
	}
	chunk := chunkFor(&c.cells.texts, row, "", false)
	if chunk[row&chunkMask] != text {
		chunk[row&chunkMask] = text
	}
}

// marked gives what a cell holds of a number: the number itself, unless it looks like a mark.
func (c *chunkedCells) marked(row uint32, n int64) int64 {
	if n > likeMark {
		return n
	}
	if c.marks == nil {
		c.marks = map[uint32]int64{}
	}
	c.marks[row] = n
	return likeMark
}
