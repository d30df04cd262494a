package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/elastic/go-elasticsearch/v8/esapi"
)

// one rejects what is a pattern or an endpoint instead of the name of one index.
func one(name string) error {
	if name == "" || strings.ContainsAny(name, `*,/\?"<>| #%:`) || strings.ContainsAny(name[:1], "-_+.") || strings.ToLower(name) != name {
		return fmt.Errorf("%q is not the name of one index", name)
	}
	return nil
}

// CreateIndex makes an index. See Cluster.
func (c *Client) CreateIndex(ctx context.Context, name string, mappings []byte) error {
	if err := one(name); err != nil {
		return err
	}
	body, err := json.Marshal(map[string]any{"mappings": json.RawMessage(mappings), "settings": map[string]any{"number_of_replicas": 0, "number_of_shards": 1}})
	if err != nil {
		return err
	}
	_, err = c.do(ctx, &esapi.IndicesCreateRequest{Index: name, Body: bytes.NewReader(body)}, nil)
	return err
}

// bulkSize bounds the bytes of one bulk request.
const bulkSize = 8 << 20

// Bulk adds documents. See Cluster.
func (c *Client) Bulk(ctx context.Context, name string, docs [][]byte) error {
	if err := one(name); err != nil {
		return err
	}
	var b bytes.Buffer
	for i, d := range docs {
		if bytes.ContainsRune(d, '\n') {
			return fmt.Errorf("document %d is not on one line", i+1)
		}
		b.WriteString("{\"create\":{}}\n")
		b.Write(d)
		b.WriteByte('\n')
		if b.Len() < bulkSize && i < len(docs)-1 {
			continue
		}
		var r struct {
			Errors bool
			Items  []struct {
				Create struct {
					Status int
					Error  struct{ Type, Reason string }
				}
			}
		}
		if _, err := c.do(ctx, &esapi.BulkRequest{Index: name, Body: bytes.NewReader(b.Bytes()), Refresh: "true"}, &r); err != nil {
			return err
		}
		for _, item := range r.Items {
			if e := item.Create.Error; e.Type != "" {
				return fmt.Errorf("a document was not taken: %w", &Refused{item.Create.Status, e.Type + ": " + e.Reason})
			}
		}
		b.Reset()
	}
	return nil
}

// DeleteIndex removes an index. See Cluster.
func (c *Client) DeleteIndex(ctx context.Context, name string) error {
	if err := one(name); err != nil {
		return err
	}
	_, err := c.do(ctx, &esapi.IndicesDeleteRequest{Index: []string{name}}, nil)
	var r *Refused
	if errors.As(err, &r) && r.Status == http.StatusNotFound {
		return nil
	}
	return err
}

var _ Cluster = (*Client)(nil)
