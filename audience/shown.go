package audience

import "strconv"

// maxShownCell is how many characters of a cell are shown.
const maxShownCell = 64

// ShownCell is a cell as it may be shown to people: 64 characters at most, and
// nothing in it is invisible.
func ShownCell(cell string) string {
	runes := []rune(cell)
	if len(runes) > maxShownCell {
		runes = append(runes[:maxShownCell], '…')
	}
	return ShownText(string(runes))
}

// ShownText makes visible what is not.
func ShownText(text string) string {
	quoted := strconv.Quote(text)
	return quoted[1 : len(quoted)-1]
}
