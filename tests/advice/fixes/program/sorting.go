package corpus

// Row: boxed for sort.Slice.

import "sort"

type person struct {
	name string
	age  int
	size float64
	of   struct{ rank uint8 }
}

func FixedNames(names []string) {
	sort.Slice(names, func(i, j int) bool { return names[i] < names[j] })
}

func FixedDown(xs []int) {
	sort.Slice(xs, func(i, j int) bool {
		return xs[i] > xs[j]
	})
}

func FixedByField(people []*person) {
	sort.Slice(people, func(i, j int) bool { return people[j].of.rank < people[i].of.rank })
}

func FixedByAge(people []person) {
	sort.Slice(people, func(a, b int) bool { return people[a].age < people[b].age })
}

func KeptFloats(people []person) {
	sort.Slice(people, func(i, j int) bool { return people[i].size < people[j].size })
}

func KeptTwoKeys(people []person) {
	sort.Slice(people, func(i, j int) bool {
		if people[i].name != people[j].name {
			return people[i].name < people[j].name
		}
		return people[i].age < people[j].age
	})
}

func KeptLengths(names []string) {
	sort.Slice(names, func(i, j int) bool { return len(names[i]) < len(names[j]) })
}

func FixedStable(people []person) {
	sort.SliceStable(people, func(i, j int) bool { return people[i].age < people[j].age })
}

func people() []person {
	var found []person
	for i, x := range []int{5, 3, 9, 3, 1, 8, 8, 2, 7, 7, 7, 0, 4, 6, 5} {
		found = append(found, person{name: FixedNumber(x * 1000), age: x, size: float64(i)})
		found[i].of.rank = uint8(x)
	}
	return found
}

func init() {
	names, numbers := make([]string, 30), make([]int, 30)
	listed, pointers := people(), make([]*person, 15)
	Cases["FixedNames"] = func() any {
		for i := range names {
			names[i] = long[i:]
		}
		FixedNames(names)
		return names
	}
	Cases["FixedDown"] = func() any {
		for i := range numbers {
			numbers[i] = i * 7 % 30
		}
		FixedDown(numbers)
		return numbers
	}
	Cases["FixedByField"] = func() any {
		for i := range pointers {
			pointers[i] = &listed[i]
		}
		FixedByField(pointers)
		return int(pointers[0].of.rank)*100 + int(pointers[14].of.rank)
	}
	Cases["FixedByAge"] = func() any {
		FixedByAge(listed)
		return listed
	}
	Cases["KeptSorted"] = func() any {
		mine := people()
		KeptFloats(mine)
		KeptTwoKeys(mine)
		return mine
	}
	Cases["FixedStable"] = func() any {
		mine := people()
		FixedStable(mine)
		return mine
	}
}
