// Package orders keeps a book of orders.
package orders

import (
	"fmt"
	"sort"
)

// Order is one line of the book.
type Order struct {
	ID    int
	Price float64
	Note  string
}

// Book holds orders by their number.
type Book struct {
	orders []*Order
	byID   map[int]*Order
}

// Add puts an order into the book.
func (b *Book) Add(id int, price float64) *Order {
	order := &Order{ID: id, Price: price}
	b.orders = append(b.orders, order)
	b.byID[id] = order
	return order
}

// Total is the sum of all prices.
func (b *Book) Total() float64 {
	total := 0.0
	for _, order := range b.orders {
		total += order.Price
	}
	return total
}

// Describe says what an order is about.
func (o *Order) Describe() string {
	return fmt.Sprintf("%d at %.2f", o.ID, o.Price)
}

// Cheapest sorts a copy by price and returns its head.
func (b *Book) Cheapest(count int) []*Order {
	sorted := make([]*Order, len(b.orders))
	copy(sorted, b.orders)
	sort.Slice(sorted, func(i, j int) bool {
		return sorted[i].Price < sorted[j].Price
	})
	return sorted[:min(count, len(sorted))]
}
