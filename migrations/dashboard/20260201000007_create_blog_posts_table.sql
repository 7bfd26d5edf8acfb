-- Blog posts, drafts and published.
-- The UNIQUE constraint on slug already is the index that looks a post up by its slug, so there is no second one.
-- author_id is a plain UUID without a foreign key: a post outlives the profile of its author.
CREATE TABLE public.blog_posts (
    id UUID CONSTRAINT blog_posts_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    title VARCHAR(255) NOT NULL,
    slug VARCHAR(255) CONSTRAINT blog_posts_slug_key UNIQUE,
    content TEXT,
    excerpt TEXT,
    featured_image VARCHAR(500),
    status VARCHAR(20) DEFAULT 'draft',
    published_at TIMESTAMP WITH TIME ZONE,
    author_id UUID,
    view_count INTEGER DEFAULT 0,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT NOW()
);

CREATE INDEX idx_blog_posts_status ON public.blog_posts (status);
CREATE INDEX idx_blog_posts_published_at ON public.blog_posts (published_at);

COMMENT ON TABLE public.blog_posts IS 'Posts of the blog, drafts and published';
COMMENT ON COLUMN public.blog_posts.slug IS 'The post''s part of the URL; NULL while it has none';
COMMENT ON COLUMN public.blog_posts.featured_image IS 'URL of the image above the post';
COMMENT ON COLUMN public.blog_posts.status IS 'Free text owned by the application, e.g. draft';
COMMENT ON COLUMN public.blog_posts.published_at IS 'NULL until the post is published';
COMMENT ON COLUMN public.blog_posts.author_id IS 'user_id of the author; not a foreign key, the profile may be gone';
