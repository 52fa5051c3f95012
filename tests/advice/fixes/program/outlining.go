package corpus

// Row: a function too costly to be inlined: slow path apart.

import (
	"fmt"
	"strings"
)

type order struct {
	id    int
	name  string
	price float64
}

type shop struct {
	names map[int]string
	last  int
}

// newOrder is never negative.
func newOrder(id int, names ...string) *order {
	if id < 0 {
		text := strings.Join(names, ", ")
		if text == "" {
			text = fmt.Sprint("nobody of ", len(names))
		}
		names[0] = text
		return &order{name: text + fmt.Sprint(id)} // the name tells
	}
	return &order{id: id}
}

//go:noinline
func CornerOutlined(id int) float64 {
	o := newOrder(id, "a", "b")
	if o.name != "" {
		return float64(len(o.name))
	}
	return o.price + float64(o.id)
}

// take gives an order of the shop.
func (s *shop) take(id int) *order {
	last := s.last
	if id == last {
		return &order{id: id}
	}
	// a name that nobody has
	name := strings.Repeat("x", id%7)
	for i := 0; i < id%5; i++ {
		name += fmt.Sprint(i, last)
	}
	if s.names == nil {
		s.names = map[int]string{}
	}
	s.names[id] = name
	return &order{id: -id, name: name}
}

//go:noinline
func CornerOutlinedMethod(s *shop, id int) string {
	o := s.take(id)
	p := s.take(id + 1)
	return o.name + p.name
}

func keptNamed(id int, text string) (o *order, err error) {
	if id < 0 {
		o = nil
		text = strings.Repeat(text, 3)
		err = fmt.Errorf("no such order: %d of %s", id, text)
		return
	}
	return &order{id: id}, nil
}

//go:noinline
func KeptOutlinedNamed(id int) string {
	o, err := keptNamed(id, "x")
	if err != nil {
		return err.Error()
	}
	return string(rune('a' + o.id))
}

func keptStored(id int, text string) *order {
	if id < 0 {
		text = strings.Repeat(text, 3)
		panic(fmt.Sprintf("no such order: %d of %s and more", id, text))
	}
	o := &order{id: id}
	Sink = o
	return o
}

//go:noinline
func KeptOutlinedStored(id int) int { return keptStored(id, "x").id }

func init() {
	Cases["CornerOutlined"] = func() any {
		return []float64{CornerOutlined(3), CornerOutlined(-3)}
	}
	Cases["CornerOutlinedMethod"] = func() any {
		s := &shop{names: map[int]string{1: "one", 2: "two"}, last: 1}
		return CornerOutlinedMethod(s, 1) + CornerOutlinedMethod(s, 2) + CornerOutlinedMethod(&shop{}, 9)
	}
	Cases["KeptOutlined"] = func() any {
		return []any{KeptOutlinedNamed(-1), KeptOutlinedNamed(2), KeptOutlinedStored(3)}
	}
}
