package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"github.com/elastic/go-elasticsearch/v8/esapi"
)

// Alias makes filtered aliases of an index, name → query: each shows the documents that its query finds. One that exists takes the new
// filter. They go with the index.
func (c *Client) Alias(ctx context.Context, index string, filters map[string]json.RawMessage) error {
	type add struct {
		Index  string          `json:"index"`
		Alias  string          `json:"alias"`
		Filter json.RawMessage `json:"filter"`
	}
	var actions []map[string]add
	for name, f := range filters {
		actions = append(actions, map[string]add{"add": {index, name, f}})
	}
	slices.SortFunc(actions, func(a, b map[string]add) int { return bytes.Compare([]byte(a["add"].Alias), []byte(b["add"].Alias)) })
	body, err := json.Marshal(map[string]any{"actions": actions})
	if err != nil {
		return err
	}
	_, err = c.do(ctx, &esapi.IndicesUpdateAliasesRequest{Body: bytes.NewReader(body)}, nil)
	return err
}

// Exists reports whether an index, alias or data stream of this name, or any that fits the pattern, exists.
func (c *Client) Exists(ctx context.Context, pattern string) (bool, error) {
	var found struct {
		Indices, Aliases []any
		Streams          []any `json:"data_streams"`
	}
	_, err := c.do(ctx, &esapi.IndicesResolveIndexRequest{Name: []string{pattern}}, &found)
	var r *Refused
	if errors.As(err, &r) && r.Status == http.StatusNotFound {
		return false, nil
	}
	return len(found.Indices)+len(found.Aliases)+len(found.Streams) > 0, err
}
